import { type Bench, toLine } from './bench.ts';
import { listScheduleMs } from './list-schedule.ts';
import { measureSearches } from './measured-search.ts';
import { DEFAULTS, TUTORIAL } from './timed-search.ts';

const SETTINGS = [
  { setting: 'tutorial', apo: TUTORIAL, slots: 8, rounds: 5 },
  { setting: 'defaults', apo: DEFAULTS, slots: 32, rounds: 3 },
] as const;

/** A search with fewer slots than it could use takes no longer than a greedy schedule of the very same work. */
export const apoBounded: Bench = {
  name: 'apo-bounded',
  claim: 'With fewer slots it takes no longer than a greedy schedule of the same work',
  measure: 'wall ÷ list schedule',
  wanted: 'at most',
  async *run() {
    for (const { setting, apo, slots, rounds } of SETTINGS) {
      const { ratios, context } = await measureSearches({
        apo,
        slots,
        rounds,
        boundMs: (stages) => listScheduleMs(stages, slots),
      });
      yield toLine({ bench: this.name, gate: 1.06, goal: 1.03 }, ratios, { setting, ...context });
    }
  },
};
