import { type LatencyProfile, type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { median } from './percentile.ts';
import { withRunDirectory } from './run-directories.ts';
import { type SearchSetup, TUTORIAL, timedSearch } from './timed-search.ts';

const SLOTS = 8;
const ROUNDS = 9;
/** A tenth of what models take in `apo-bounded`: what the processor does meanwhile is the same. */
const LATENCY = {
  agent: { kind: 'lognormal', medianMs: 12, p99Ms: 30 },
  critic: { kind: 'constant', ms: 150 },
  editor: { kind: 'constant', ms: 60 },
} as const satisfies LatencyProfile;

/** Runs the search of a round once. @returns the processor time in milliseconds */
type Measure = (server: SimulatedLlm, seed: number) => Promise<number>;

/** The same search, and what is kept of it. */
const WAYS = {
  /** Nothing: its store is in memory. */
  memory: (server, seed) => searchCpuMs(server, seed, {}),
  /** Rollouts and spans, in a store in a file, but no records: the run cannot be resumed. */
  store: async (server, seed) => {
    const { store, close } = await openBenchStore('sqlite');
    const cpuMs = await searchCpuMs(server, seed, { store });
    await close();
    return cpuMs;
  },
  /** Everything: a run directory. */
  run: (server, seed) => withRunDirectory((runDirectory) => searchCpuMs(server, seed, { runDirectory })),
} as const satisfies Record<string, Measure>;

type Way = keyof typeof WAYS;

/**
 * How much processor time it takes that a run can be resumed: the search of `apo-bounded` with a run directory, with a store in a file alone, and in memory, in
 * turn. Steps, verdicts and events are the journal; the rest is what a store in a file costs.
 */
export const journalCost: Bench = {
  name: 'journal-cost',
  claim: 'That a run can be resumed costs a search like that of `apo-bounded` hardly any processor time',
  measure: 'processor time of the whole call of `fit()`, medians of interleaved rounds',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const server = await spawnSimulatedLlm({ latency: LATENCY, seed: 0 });
    try {
      const cpuMs: Record<Way, number[]> = { memory: [], store: [], run: [] };
      const ways = Object.keys(WAYS) as Way[];
      // The first one has the code compiled.
      for (let seed = -1; seed < ROUNDS; seed += 1) {
        for (let turn = 0; turn < ways.length; turn += 1) {
          // Whoever comes later finds warmer caches: they take turns in that too.
          const way = ways[(seed + 1 + turn) % ways.length]!;
          const took = await WAYS[way](server, seed);
          if (seed >= 0) cpuMs[way].push(took);
        }
      }
      const context = {
        slots: SLOTS,
        cpuMs: Object.fromEntries(ways.map((way) => [way, cpuMs[way].map((ms) => round(ms))])),
        ...jitter,
      };
      const over = (way: Way): number[] => cpuMs.run.map((ms) => ms / median(cpuMs[way]));
      const setting = 'the journal: with a run directory ÷ with a store in a file';
      yield toLine({ bench: this.name, gate: 1.05, goal: 1.02 }, over('store'), { setting, ...context });
      const both = 'the journal and the file: with a run directory ÷ in memory';
      yield toLine({ bench: this.name, gate: 1.3, goal: 1.1 }, over('memory'), { setting: both, ...context });
    } finally {
      await server.close();
    }
  },
};

/** Of all threads of this process; the models are in another. */
async function searchCpuMs(
  server: SimulatedLlm,
  seed: number,
  place: Pick<SearchSetup, 'runDirectory' | 'store'>,
): Promise<number> {
  const before = process.cpuUsage();
  const { store } = await timedSearch({
    server,
    apo: TUTORIAL,
    slots: SLOTS,
    seed,
    agent: { lookUps: 2 },
    ...place,
  });
  const { user, system } = process.cpuUsage(before);
  if (place.store === undefined) await store.close();
  return (user + system) / 1000;
}
