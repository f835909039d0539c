import { type LatencyProfile, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { type Bench, round, toLine } from './bench.ts';
import { TUTORIAL, timedSearch } from './timed-search.ts';

/** Short, and as uneven as can be, so that hardly two runs see things end in the same order. */
const LATENCY = {
  agent: { kind: 'lognormal', medianMs: 3, p99Ms: 30 },
  critic: { kind: 'lognormal', medianMs: 20, p99Ms: 100 },
  editor: { kind: 'lognormal', medianMs: 10, p99Ms: 50 },
} as const satisfies LatencyProfile;

const SEED = 0;

const SETTINGS = [
  { slots: 1, concurrency: 1 },
  { slots: 1, concurrency: Number.POSITIVE_INFINITY },
  { slots: 64, concurrency: 1 },
  { slots: 64, concurrency: Number.POSITIVE_INFINITY },
] as const;

/** How much is worked on at a time changes nothing in what a search finds: 1 when all histories are equal, 0 when any differs. */
export const apoInvariance: Bench = {
  name: 'apo-invariance',
  claim: 'How much is worked on at a time changes nothing in what a search finds',
  measure: '1 if all histories are equal, else 0',
  wanted: 'at least',
  async *run() {
    const histories: string[] = [];
    const searchMs: number[] = [];
    const server = await spawnSimulatedLlm({ latency: LATENCY });
    try {
      for (const { slots, concurrency } of SETTINGS) {
        const apo = { ...TUTORIAL, concurrency };
        const search = await timedSearch({ server, apo, slots, seed: SEED, agent: { lookUps: 2 } });
        histories.push(JSON.stringify(search.result.history));
        searchMs.push(round(search.searchMs));
      }
    } finally {
      await server.close();
    }
    const ratios = histories.slice(1).map((history) => (history === histories[0] ? 1 : 0));
    const line = toLine({ bench: this.name, gate: 1, goal: 1 }, ratios, {
      settings: SETTINGS.map(({ slots, concurrency }) => ({ slots, concurrency: String(concurrency) })),
      seeds: [SEED],
      searchMs,
    });
    yield { ...line, ratio: Math.min(...ratios) };
  },
};
