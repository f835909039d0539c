import { freePort } from '@agentlightning/core/testing';
import { type LatencyProfile, type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import type { ApoOptions } from 'agentlightning';
import { findPythonEnvironment, type PythonEnvironment } from '../scripts/interop/python-environment.ts';
import { startPython } from '../scripts/interop/python-program.ts';
import { roomTasks, writeTasks } from '../scripts/interop/room-tasks.ts';
import { type Bench, type BenchLine, jitterContext, round, toLine } from './bench.ts';
import { AGENT_MODEL, seedPrompt, TUTORIAL, timedSearch, VALIDATION_TASKS } from './timed-search.ts';

/** What models take, milliseconds, when nothing is scaled down: a rollout is three calls of the agent's. */
const FULL_LATENCIES = { agent: 1200, critic: 15_000, editor: 6000 } as const;

const LOOK_UPS = 2;

const TRAIN_TASKS = 160;

/** APO's defaults, which are upstream's too. */
const SIZES_BY_DEFAULT = {
  gradientBatchSize: 4,
  valBatchSize: 16,
  beamWidth: 4,
  branchFactor: 4,
  beamRounds: 3,
} as const;

interface Setting {
  readonly name: string;
  readonly claim: string;
  readonly sizes: typeof TUTORIAL | typeof SIZES_BY_DEFAULT;
  readonly runners: number;
  /** Share of the full latencies. */
  readonly scale: number;
  readonly gate: number;
  readonly goal: number;
  /** Of ours. Upstream takes minutes, so it runs once. */
  readonly rounds: number;
  /** How long upstream may take, milliseconds. */
  readonly deadlineMs: number;
  readonly byNameOnly?: true;
}

/** A search in the sizes of upstream's tutorial, with models a twentieth as slow as real ones. */
export const apoVsUpstream = benchOf({
  name: 'apo-vs-upstream',
  claim:
    "A search in the tutorial's sizes with 8 runners and fast models takes a fraction of the time that Python's takes",
  sizes: TUTORIAL,
  runners: 8,
  scale: 0.05,
  gate: 15,
  goal: 20,
  rounds: 3,
  deadlineMs: 600_000,
});

/** The same with models as slow as real ones. */
export const apoVsUpstreamFullLatencies = benchOf({
  name: 'apo-vs-upstream-full-latencies',
  claim: 'The same with models as slow as real ones: 1.2 s for an answer, 15 s for a critique, 6 s for an edit',
  sizes: TUTORIAL,
  runners: 8,
  scale: 1,
  gate: 3.5,
  goal: 3.8,
  rounds: 1,
  deadlineMs: 1_200_000,
  byNameOnly: true,
});

/** The search that nobody configured. */
export const apoVsUpstreamDefaults = benchOf({
  name: 'apo-vs-upstream-defaults',
  claim: "A search with APO's defaults, 32 runners and fast models",
  sizes: SIZES_BY_DEFAULT,
  runners: 32,
  scale: 0.05,
  gate: 40,
  goal: 55,
  rounds: 3,
  deadlineMs: 1_800_000,
  byNameOnly: true,
});

function benchOf({ name, claim, byNameOnly, ...setting }: Setting): Bench {
  return {
    name,
    claim,
    measure: "Python's `fit()` ÷ ours",
    wanted: 'at least',
    ...(byNameOnly === undefined ? {} : { byNameOnly }),
    async *run() {
      const environment = findPythonEnvironment();
      if (environment === undefined) {
        console.error('  skipped: Agent Lightning for Python is not installed here; `pnpm interop` installs it');
        return;
      }
      yield* measure(environment, { name, claim, ...setting });
    },
  };
}

async function* measure(environment: PythonEnvironment, setting: Setting): AsyncIterable<BenchLine> {
  const { name, sizes, runners, scale, gate, goal, rounds } = setting;
  const jitter = await jitterContext();
  const server = await spawnSimulatedLlm({ latency: latencyOf(scale) });
  try {
    const upstream = await runUpstream(environment, server, setting);
    const runs: Awaited<ReturnType<typeof runOurs>>[] = [];
    for (let seed = 0; seed < rounds; seed += 1) runs.push(await runOurs(server, sizes, runners, seed));
    const ratios = runs.map(({ fitMs }) => upstream.fitMs / fitMs);
    yield toLine({ bench: name, gate, goal }, ratios, {
      runners,
      latencyScale: scale,
      seeds: runs.map((_, seed) => seed),
      fitMs: runs.map(({ fitMs }) => round(fitMs)),
      searchMs: runs.map(({ searchMs }) => round(searchMs)),
      rollouts: runs.map((run) => run.rollouts),
      modelCalls: runs.map((run) => run.modelCalls),
      upstreamFitMs: round(upstream.fitMs),
      upstreamSearchMs: round(upstream.searchMs),
      upstreamRollouts: upstream.rollouts,
      upstreamModelCalls: upstream.modelCalls,
      python: environment.version,
      ...jitter,
    });
  } finally {
    await server.close();
  }
}

function latencyOf(scale: number): LatencyProfile {
  const { agent, critic, editor } = FULL_LATENCIES;
  return {
    agent: { kind: 'constant', ms: agent * scale },
    critic: { kind: 'constant', ms: critic * scale },
    editor: { kind: 'constant', ms: editor * scale },
  };
}

/** Upstream's Trainer with runner processes, its defaults otherwise. Starting Python and importing the package is not counted. */
async function runUpstream(
  environment: PythonEnvironment,
  server: SimulatedLlm,
  { sizes, runners, deadlineMs }: Setting,
) {
  await server.resetStats();
  const tasks = await writeTasks(roomTasks({ train: TRAIN_TASKS, val: VALIDATION_TASKS }));
  const { gradientBatchSize, valBatchSize, beamWidth, branchFactor, beamRounds } = sizes;
  const numbers = {
    port: await freePort(),
    'n-runners': runners,
    'look-ups': LOOK_UPS,
    'gradient-batch-size': gradientBatchSize,
    'val-batch-size': valBatchSize,
    'beam-width': beamWidth,
    'branch-factor': branchFactor,
    'beam-rounds': beamRounds,
  };
  const program = startPython({
    environment,
    program: 'time_fit.py',
    args: [
      ...['--endpoint', server.baseUrl, '--tasks', tasks.path, '--prompt', seedPrompt.template],
      ...Object.entries(numbers).flatMap(([option, value]) => [`--${option}`, String(value)]),
    ],
  });
  const timer = setTimeout(() => program.kill(), deadlineMs);
  try {
    const { fit_seconds: fit, search_seconds: search, succeeded } = await program.result();
    const { calls } = await server.stats();
    return {
      fitMs: Number(fit) * 1000,
      searchMs: Number(search) * 1000,
      rollouts: Number(succeeded),
      modelCalls: calls,
    };
  } catch (error) {
    console.error(program.output);
    throw error;
  } finally {
    clearTimeout(timer);
    await program[Symbol.asyncDispose]();
    await tasks.remove();
  }
}

/** Ours, with upstream's rules: it then has no way round any of upstream's rollouts, such as sharing the score of equal prompts. */
async function runOurs(server: SimulatedLlm, sizes: ApoOptions, slots: number, seed: number) {
  await server.resetStats();
  const apo: ApoOptions = { ...sizes, compat: 'upstream' };
  const agent = { lookUps: LOOK_UPS, model: { endpoint: server.baseUrl, name: AGENT_MODEL } };
  const { fitMs, searchMs, rollouts } = await timedSearch({ server, apo, slots, seed, agent });
  const { calls } = await server.stats();
  return { fitMs, searchMs, rollouts, modelCalls: calls };
}
