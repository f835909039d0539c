import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scene } from './scene.ts';
import type { Stage } from './stage.ts';

/** When the first process is killed: some is done, and some under way. */
const KILLED_AT = 0.3;

/** Which failpoints a run passes that is killed once and goes on, and how often. */
export async function notedFailpoints({ model, ledgerBytes }: Stage): Promise<ReadonlyMap<string, number>> {
  const scene = await Scene.open('alone', model.baseUrl);
  try {
    const notes = join(scene.folder, 'passed');
    const first = scene.startRun(`note ${notes}`);
    while (scene.progress < KILLED_AT * ledgerBytes && !first.hasEnded) await sleep(5);
    await first.end();
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
