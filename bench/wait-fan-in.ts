import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { startForked } from './forked.ts';
import { median } from './percentile.ts';

const STORES = ['memory', 'sqlite'] as const;
const ROUNDS = 9;
/** Rollouts of a round, waited for together or few at a time. */
const ROLLOUTS = 10_000;
const FEW = 10;

/** How many rollouts there are, and how many of them are waited for at a time. */
export interface WaitQuestion {
  readonly rollouts: number;
  readonly together: number;
}

/** What an ending costs a store while somebody waits for ten thousand of them, against somebody waiting for ten. */
export const waitFanIn: Bench = {
  name: 'wait-fan-in',
  claim: 'Waiting for many rollouts costs no more for each than waiting for few',
  measure: 'processor time of an ending while 10,000 are waited for ÷ while 10 are',
  wanted: 'at most',
  async *run() {
    for (const setting of STORES) {
      const jitter = await jitterContext();
      const process = startForked<WaitQuestion, number>(new URL('./wait-fan-in-process.ts', import.meta.url), {
        args: [setting],
        execArgv: ['--expose-gc'],
      });
      try {
        // The first round compiles, and is not counted.
        const rounds: { many: number; few: number }[] = [];
        for (let index = 0; index <= ROUNDS; index += 1) {
          rounds.push({
            many: await process.ask({ rollouts: ROLLOUTS, together: ROLLOUTS }),
            few: await process.ask({ rollouts: ROLLOUTS, together: FEW }),
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
        await process.end();
      }
    }
  },
};
