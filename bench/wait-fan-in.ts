import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { type BenchStore, openBenchStore } from './bench-store.ts';
import { median } from './percentile.ts';

const STORES = ['memory', 'sqlite'] as const;
const ROUNDS = 9;
/** Rollouts of a round, waited for together or few at a time. */
const ROLLOUTS = 10_000;
const FEW = 10;

/** What an ending costs a store while somebody waits for ten thousand of them, against somebody waiting for ten. */
export const waitFanIn: Bench = {
  name: 'wait-fan-in',
  claim: 'Waiting for many rollouts costs no more for each than waiting for few',
  measure: 'processor time of an ending while 10,000 are waited for ÷ while 10 are',
  wanted: 'at most',
  async *run() {
    for (const setting of STORES) {
      const jitter = await jitterContext();
      const opened = await openBenchStore(setting);
      try {
        // The first round compiles, and is not counted.
        const rounds: { many: number; few: number }[] = [];
        for (let index = 0; index <= ROUNDS; index += 1) {
          rounds.push({
            many: await microsecondsEach(opened, ROLLOUTS),
            few: await microsecondsEach(opened, FEW),
          });
        }
        const counted = rounds.slice(1);
        yield toLine(
          { bench: this.name, gate: 1.5, goal: 1.2 },
          counted.map(({ many, few }) => many / few),
          {
            setting,
            rollouts: ROLLOUTS,
            microseconds: {
              [ROLLOUTS]: round(median(counted.map(({ many }) => many)), 2),
              [FEW]: round(median(counted.map(({ few }) => few)), 2),
            },
            ...jitter,
          },
        );
      } finally {
        await opened.close();
      }
    }
  },
};

/** Processor time from the moment that somebody waits for `together` rollouts until they have the last of them, for each. */
async function microsecondsEach({ store }: BenchStore, together: number): Promise<number> {
  const requests = Array.from({ length: ROLLOUTS }, (_, task) => ({ input: { task } }));
  const ids = (await store.enqueueManyRollouts(requests)).map(({ rolloutId }) => rolloutId);
  const claimed = await store.dequeueManyRollouts({ limit: ROLLOUTS, workerId: 'bench' });
  globalThis.gc?.();
  const began = process.cpuUsage();
  for (let first = 0; first < ROLLOUTS; first += together) {
    const waiting = store.waitForRollouts({ rolloutIds: ids.slice(first, first + together) });
    // Ten at a time in both cases, so that both commit as often.
    for (let at = first; at < first + together; at += FEW) {
      await Promise.all(
        claimed
          .slice(at, at + FEW)
          .map(({ rolloutId, attempt }) => store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' })),
      );
    }
    const ended = await waiting;
    if (ended.length !== together) throw new Error(`Waited for ${together} rollouts and got ${ended.length}`);
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / ROLLOUTS;
}
