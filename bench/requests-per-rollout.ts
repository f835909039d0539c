import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Bench, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { sixSpansAgent } from './no-op-agents.ts';
import { withRunners } from './with-runners.ts';

const ROUNDS = 5;
const ROLLOUTS = 1_000;

const SETTINGS = [
  { setting: '64 slots in 2 threads', slots: 64, threads: 2 },
  { setting: '8 threads of one slot', slots: 8, threads: 8 },
] as const;

/** What the server is asked for each rollout while runners are never without work; signs of life and all else included. */
export const requestsPerRollout: Bench = {
  name: 'requests-per-rollout',
  claim: 'Runners with enough to do need few requests for a rollout with 6 spans and a reward',
  measure: 'requests that the server counts ÷ rollouts',
  wanted: 'at most',
  async *run() {
    for (const { setting, slots, threads } of SETTINGS) {
      const { store, close } = await openBenchStore('memory');
      let requests = 0;
      const count = (): void => {
        requests += 1;
      };
      subscribe('http.server.request.start', count);
      try {
        const ratios = await withRunners({ agent: sixSpansAgent, slots, threads, store }, async (runRollouts) => {
          await runRollouts(ROLLOUTS);
          const counted: number[] = [];
          for (let index = 0; index < ROUNDS; index += 1) {
            requests = 0;
            await runRollouts(ROLLOUTS);
            counted.push(requests / ROLLOUTS);
          }
          return counted;
        });
        yield toLine({ bench: this.name, gate: 3, goal: 2 }, ratios, { setting, slots, rollouts: ROUNDS * ROLLOUTS });
      } finally {
        unsubscribe('http.server.request.start', count);
        await close();
      }
    }
  },
};
