import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { startForked } from './forked.ts';

const ROUNDS = 7;
const RUNNERS = 64;

/** What a process is asked to start. */
export interface StartupQuestion {
  readonly runners: number;
}

/** How long a run takes from its call to the first line of an agent, in a process that has not run anything before. */
export const startup: Bench = {
  name: 'startup',
  claim: 'A run begins to work soon after it is called: 64 runners, in a new process',
  measure: 'seconds from the call of `fit()` to the first line of an agent',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const seconds: number[] = [];
    // The first one compiles for all, and is not counted.
    for (let index = 0; index <= ROUNDS; index += 1) {
      const process = startForked<StartupQuestion, number>(new URL('./startup-process.ts', import.meta.url));
      try {
        seconds.push((await process.ask({ runners: RUNNERS })) / 1000);
      } finally {
        await process.end();
      }
    }
    const counted = seconds.slice(1);
    yield toLine({ bench: this.name, gate: 2, goal: 0.8 }, counted, {
      runners: RUNNERS,
      startMs: counted.map((each) => round(each * 1000)),
      ...jitter,
    });
  },
};
