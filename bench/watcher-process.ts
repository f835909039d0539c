// A program of its own: watches the run in the directory of its first argument as a page does, from its first moment on, until it is told to end. Says how much it has seen.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ShownRun, showRun } from './shown-run.ts';

/** So often the page asks for what it shows, in milliseconds. */
const POLL_MS = 1_000;

const [, , directory = ''] = process.argv;
const ended = new AbortController();
const { promise: asked, resolve: end } = Promise.withResolvers<void>();
process.once('message', () => {
  ended.abort();
  end();
});

while (!existsSync(join(directory, 'run.json')) && !ended.signal.aborted) await delay(10);
const seen = { events: 0, polls: 0 };
if (!ended.signal.aborted) {
  const shown = await showRun(directory);
  await Promise.all([readEvents(shown), poll(shown), asked]);
  await shown.end();
}
process.send?.(seen);
process.disconnect?.();

async function readEvents(shown: ShownRun): Promise<void> {
  const response = await shown.ask('run/events');
  const text = response.body!.pipeThrough(new TextDecoderStream());
  try {
    for await (const part of text) {
      seen.events += part.split('\ndata: ').length - 1;
      if (ended.signal.aborted) return;
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
}

async function poll(shown: ShownRun): Promise<void> {
  while (!ended.signal.aborted) {
    const newest = { sort_by: 'start_time', sort_order: 'desc', limit: 100 };
    const page = (await (await shown.ask('rollouts/search', newest)).json()) as { items: { rollout_id: string }[] };
    const ids = page.items.map(({ rollout_id: id }) => id);
    for (const path of ['run', 'workers?limit=-1', 'resources?sort_by=update_time&sort_order=desc&limit=50']) {
      await (await shown.ask(path)).text();
    }
    await (await shown.ask('rewards/rollouts', { rollout_ids: ids })).text();
    seen.polls += 1;
    await delay(POLL_MS, undefined, { signal: ended.signal }).catch(() => {
      // The loop ends.
    });
  }
}
