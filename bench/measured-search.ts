import { type LatencyProfile, type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import type { ApoOptions } from 'agentlightning';
import { jitterContext, round } from './bench.ts';
import { checkDraws, readDraws } from './draws.ts';
import type { Stage } from './list-schedule.ts';
import { searchStages } from './search-stages.ts';
import { AGENT_MODEL, timedSearch } from './timed-search.ts';

/**
 * A tenth of what models take: a rollout is three calls of 0.12 s in the median, so about 0.4 s; a critique 1.5 s, an edit 0.6 s. Agents'
 * calls vary as those of real models do, keyed by their content; critiques and edits do not, so that the graph can be read off the history.
 */
const CRITIQUE_MS = 1500;
const EDIT_MS = 600;
const LATENCY = {
  agent: { kind: 'lognormal', medianMs: 120, p99Ms: 300 },
  critic: { kind: 'constant', ms: CRITIQUE_MS },
  editor: { kind: 'constant', ms: EDIT_MS },
} as const satisfies LatencyProfile;

/** Model calls of a rollout before its answer. */
const LOOK_UPS = 2;

const MODEL_SEED = 0;

/** What is searched, with how many slots, how often. */
export interface MeasuredSearchOptions {
  readonly apo: ApoOptions;
  readonly slots: number;
  /** Rounds of the benchmark. Each is a run with a seed of its own, counted from 0. */
  readonly rounds: number;
  /** The baseline: what the run could have taken by what its own model calls drew. */
  readonly boundMs: (stages: readonly Stage[]) => number;
}

/** Runs searches one after the other, each against its own bound. */
export async function measureSearches({ apo, slots, rounds, boundMs }: MeasuredSearchOptions): Promise<{
  readonly ratios: readonly number[];
  readonly context: Readonly<Record<string, unknown>>;
}> {
  const jitter = await jitterContext();
  const server = await spawnSimulatedLlm({ latency: LATENCY, seed: MODEL_SEED });
  try {
    const runs: Awaited<ReturnType<typeof measureSearch>>[] = [];
    for (let seed = 0; seed < rounds; seed += 1) {
      runs.push(await measureSearch(server, { apo, slots, boundMs }, seed));
    }
    return {
      ratios: runs.map((run) => run.searchMs / run.boundMs),
      context: {
        slots,
        seeds: runs.map((_, seed) => seed),
        searchMs: runs.map((run) => round(run.searchMs)),
        boundMs: runs.map((run) => round(run.boundMs)),
        // With the start and the end of threads and servers, which take as long at full latencies as at a tenth of them.
        fitMs: runs.map((run) => round(run.fitMs)),
        rollouts: runs.map((run) => run.rollouts),
        ...jitter,
      },
    };
  } finally {
    await server.close();
  }
}

async function measureSearch(
  server: SimulatedLlm,
  { apo, slots, boundMs }: Pick<MeasuredSearchOptions, 'apo' | 'slots' | 'boundMs'>,
  seed: number,
) {
  await server.resetStats();
  const agent = { lookUps: LOOK_UPS, draws: { latency: LATENCY, seed: MODEL_SEED } };
  const { store, result, searchMs, fitMs, rollouts } = await timedSearch({ server, apo, slots, seed, agent });
  const evaluations = await readDraws(store);
  checkDraws(evaluations, await server.requests(), AGENT_MODEL);
  await store.close();
  const stages = searchStages(result.history, evaluations, { critiqueMs: CRITIQUE_MS, editMs: EDIT_MS });
  return { searchMs, fitMs, rollouts, boundMs: boundMs(stages) };
}
