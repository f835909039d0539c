import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { PromptTemplate } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { spanOf } from './spans.ts';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();

/** Everything a store can be asked for. */
async function contentOf(store: Awaited<ReturnType<StoreFiles['open']>>): Promise<unknown> {
  const rollouts = await store.queryRollouts();
  const { uptime: _, contentBytes: __, ...statistics } = await store.statistics();
  return {
    statistics,
    rollouts: rollouts.items,
    attempts: await Promise.all(
      Array.from(rollouts, async ({ rolloutId }) => (await store.queryAttempts(rolloutId)).items),
    ),
    spans: await Promise.all(
      Array.from(rollouts, async ({ rolloutId }) => (await store.querySpans({ rolloutId })).items),
    ),
    resources: (await store.queryResources()).items,
    latest: await store.getLatestResources(),
    workers: (await store.queryWorkers()).items,
  };
}

describe('a store that is opened again', () => {
  it('has everything: records, spans, snapshots with their versions, workers, counts', async () => {
    const store = await files.open();
    await store.updateResources('prompts', { p: new PromptTemplate({ template: 'Hi', engine: 'f-string' }) });
    await store.updateResources('prompts', { p: new PromptTemplate({ template: 'Hello', engine: 'f-string' }) });
    await store.enqueueManyRollouts([
      { input: { text: 'a\u0000\ud800ü' }, metadata: { k: 1 }, mode: 'train', rolloutId: 'chosen' },
      { input: null, config: { maxAttempts: 3, retryCondition: ['failed'], timeoutSeconds: 60 } },
    ]);
    const first = await store.dequeueRollout({ workerId: 'w-1', claimId: 'c-1' });
    await store.addManySpans([spanOf(first!), spanOf(first!)]);
    await store.updateAttempt('chosen', 'latest', { status: 'succeeded', metadata: { done: true } });
    await store.startRollout({ input: 3, workerId: 'w-2' });
    await store.updateWorker('w-2', { heartbeatStats: { load: 0.5 } });
    const before = await contentOf(store);
    await store.close();

    const again = await files.open();
    expect(await contentOf(again)).toEqual(before);
    expect(await again.getNextSpanSequenceId('chosen', 'any')).toBe(3);
    expect((await again.getLatestResources())?.version).toBe(2);
    // What the ids were chosen for: the same once more is no second one.
    const repeated = {
      input: { text: 'a\u0000\ud800ü' },
      metadata: { k: 1 },
      mode: 'train',
      rolloutId: 'chosen',
    } as const;
    expect(await again.enqueueRollout(repeated)).toMatchObject({ status: 'succeeded' });
    await expect(again.enqueueRollout({ ...repeated, input: 'other' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await again.dequeueRollout({ workerId: 'w-1', claimId: 'c-1' })).toMatchObject({ rolloutId: 'chosen' });
  });

  it('goes on with the queue where it was, and with the counters of spans that came before their rollout', async () => {
    const store = await files.open();
    const queued = await store.enqueueManyRollouts([
      { input: 0 },
      { input: 1, priority: 5 },
      { input: 2, config: { maxAttempts: 2, retryCondition: ['failed'] } },
    ]);
    await store.updateRollout(queued[2]?.rolloutId ?? '', { status: 'cancelled' });
    await store.updateRollout(queued[2]?.rolloutId ?? '', { status: 'requeuing' });
    await store.getManySpanSequenceIds([
      { rolloutId: 'later', attemptId: 'x' },
      { rolloutId: 'later', attemptId: 'x' },
    ]);
    await store.close();
    const again = await files.open();
    await again.enqueueRollout({ input: 3, rolloutId: 'later' });
    const claims = await again.dequeueManyRollouts({ limit: 10 });
    expect(claims.map(({ input }) => input)).toEqual([1, 0, 2, 3]);
    expect(await again.getNextSpanSequenceId('later', 'x')).toBe(3);
  });

  it('watches what was in work, and counts silence from its opening on', async () => {
    const clock = new VirtualClock();
    const store = await files.open({ clock });
    const config = { maxAttempts: 2, retryCondition: ['timeout', 'unresponsive'] as ('timeout' | 'unresponsive')[] };
    await store.enqueueManyRollouts([
      { input: 'silent', config: { ...config, unresponsiveSeconds: 10 } },
      { input: 'slow', config: { ...config, timeoutSeconds: 30 } },
    ]);
    await store.dequeueManyRollouts({ limit: 2 });
    await store.close();
    clock.advance(25);

    const again = await files.open({ clock });
    const statuses = async () => (await again.queryRollouts()).items.map(({ status }) => status);
    clock.advance(9);
    expect(await statuses()).toEqual(['preparing', 'preparing']);
    clock.advance(2);
    expect(await statuses()).toEqual(['requeuing', 'preparing']);
    // Whoever has worked on it meanwhile still reports.
    clock.advance(20);
    expect(await statuses()).toEqual(['requeuing', 'requeuing']);
  });

  it('does not take for too slow what was in work when it was closed for longer than that may take', async () => {
    const clock = new VirtualClock();
    const store = await files.open({ clock });
    const config = { timeoutSeconds: 900, unresponsiveSeconds: 60 };
    await store.enqueueManyRollouts([
      { input: 'dead', config },
      { input: 'alive', config },
      { input: 'reported', config },
    ]);
    const [, alive, reported] = await store.dequeueManyRollouts({ limit: 3 });
    await store.close();
    clock.advance(86_400);

    const again = await files.open({ clock });
    const statusOf = async (id: string) => (await again.getLatestAttempt(id))?.status;
    clock.advance(20);
    await again.addSpan(spanOf(alive!));
    await again.updateAttempt(reported!.rolloutId, 'latest', { status: 'succeeded' });
    clock.advance(41);
    const [dead] = (await again.queryRollouts()).items;
    expect(await statusOf(dead!.rolloutId)).toBe('unresponsive');
    expect(await statusOf(alive!.rolloutId)).toBe('running');
    expect(await statusOf(reported!.rolloutId)).toBe('succeeded');
    await again.addSpan(spanOf(alive!));
    clock.advance(30);
    expect(await statusOf(alive!.rolloutId)).toBe('timeout');
  });

  it('has what was acknowledged before its process was killed, and is free for the next one', async () => {
    const path = files.path();
    for (const round of [1, 2, 3]) {
      const child = spawn(process.execPath, [`${import.meta.dirname}/fixtures/writer.ts`, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const acknowledged = new Set<string>();
      for await (const line of createInterface(child.stdout)) {
        acknowledged.add(line);
        if (acknowledged.size === 300) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');

      const store = await files.open();
      const missing: string[] = [];
      for (const line of acknowledged) {
        const [kind, rolloutId = '', detail = ''] = line.split(' ');
        const rollout = await store.getRolloutById(rolloutId);
        const isThere =
          kind === 'enqueued'
            ? rollout !== undefined
            : kind === 'span'
              ? (await store.querySpans({ rolloutId, spanId: detail })).total === 1
              : rollout?.status === 'succeeded';
        if (!isThere) missing.push(line);
      }
      expect(missing, `round ${round}`).toEqual([]);
      const counted = await store.queryRollouts({ statusIn: ['succeeded'] });
      expect(counted.length).toBe(counted.total);
      await store.close();
    }
  });
});
