import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Scene } from './scene.ts';
import type { Stage } from './stage.ts';

/** The first process is killed in the middle of an attempt. Killed at a share of the work, it may have none under way, and nothing is queued again. */
const KILLED = 'kill attempt.judged 8';

/** Which failpoints a run passes that is killed once and goes on, and how often. */
export async function notedFailpoints({ model }: Stage): Promise<ReadonlyMap<string, number>> {
  const scene = await Scene.open('alone', model.baseUrl);
  try {
    const notes = join(scene.folder, 'passed');
    const first = scene.startRun(`note ${notes}; ${KILLED}`);
    const { signal } = await first.ended;
    if (signal !== 'SIGKILL') throw new Error(`The run was not killed: ${first.errors}`);
    const second = scene.startRun(`note ${notes}`);
    const { code } = await second.ended;
    if (code !== 0) throw new Error(`The run failed: ${second.errors}`);
    const counts = new Map<string, number>();
    // The last line of each process may be cut off.
    for (const name of readFileSync(notes, 'utf8').split('\n')) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  } finally {
    await scene.endAll();
    scene.remove();
  }
}
