import { type Bench, toLine } from './bench.ts';
import { criticalPathMs } from './list-schedule.ts';
import { measureSearches } from './measured-search.ts';
import { TUTORIAL } from './timed-search.ts';

/** A search whose rollouts never wait for a slot takes no longer than the longest chain of model calls in it. */
export const apoCritical: Bench = {
  name: 'apo-critical',
  claim: 'A search whose rollouts never wait for a slot takes no longer than the longest chain of model calls in it',
  measure: 'wall ÷ critical path',
  wanted: 'at most',
  async *run() {
    const { ratios, context } = await measureSearches({
      apo: TUTORIAL,
      slots: 64,
      rounds: 7,
      boundMs: criticalPathMs,
    });
    yield toLine({ bench: this.name, gate: 1.05, goal: 1.02 }, ratios, { setting: 'tutorial', ...context });
  },
};
