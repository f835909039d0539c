import { type Json, type NamedResources, namedResourcesToWire, PromptTemplate } from '@agentlightning/core';
import {
  type CandidateResult,
  emptyRunView,
  type RunDetails,
  type RunEvent,
  type RunView,
  type Score,
  updateRunView,
} from '@agentlightning/core/run';

/** Makes of each text of a run another one; by default it stays as it is. */
export type Retell = (text: string) => string;

const same: Retell = (text) => text;

/** A run that began. */
export function started(changes: Partial<Extract<RunEvent, { readonly type: 'run-started' }>> = {}): RunEvent {
  return {
    type: 'run-started',
    runId: 'run-1',
    runDirectory: '/runs/run-1',
    isResumed: false,
    algorithm: 'APO',
    nRunners: 8,
    seed: 3,
    heldOutRollouts: 8,
    label: 'simulated models',
    ...changes,
  };
}

const score = (mean: number, n: number): Score => ({
  mean,
  interval: [mean - 0.1, mean + 0.1],
  n,
  failed: 0,
  withoutReward: 0,
  unfinished: 0,
});

function result(resourcesId: string, rewards: readonly (number | null)[], prefix: string): CandidateResult {
  const mean = rewards.reduce<number>((sum, reward) => sum + (reward ?? 0), 0) / rewards.length;
  return {
    resourcesId,
    score: score(mean, rewards.length),
    rewards,
    failed: rewards.flatMap((reward, position) => (reward === null ? [position] : [])),
    rolloutIds: rewards.map((_, position) => `${prefix}-${position}`),
  };
}

const said = (key: string, event: Extract<RunEvent, { readonly type: 'algorithm-event' }>['event'], resourcesId?: string) =>
  ({ type: 'algorithm-event', key, event, ...(resourcesId === undefined ? {} : { resourcesId }) }) as const;

const prompt = (template: string): Record<string, Json> =>
  namedResourcesToWire({
    prompt: new PromptTemplate({ template, engine: 'f-string' }),
  } satisfies NamedResources) as unknown as Record<string, Json>;

/** A search from `v0` over `v1` to `v2`, with a held-out set, to its end. */
export function searchEvents(retell: Retell = same): readonly RunEvent[] {
  const versions = { v0: retell('v0'), v1: retell('v1'), v2: retell('v2') };
  const { v0, v1, v2 } = versions;
  const text = { v0: retell('Find a room on {date}.'), v1: retell('Find a room on {date}. Be exact.'), v2: retell('Find a free room on {date}. Be exact.') };
  return [
    started({ runId: retell('run-1'), algorithm: retell('APO'), label: retell('simulated models') }),
    said('plan', { type: 'plan', rounds: 2, rollouts: 24, modelCalls: 8 }),
    said('p0', { type: 'candidate-proposed', version: v0, parent: null, round: 0, candidate: prompt(text.v0), critique: null, edit: null }, 'rs-0'),
    evaluation('e0', 'val', [result('rs-0', [1, 0, 0, 0.5], 'a')], retell),
    said('s0', { type: 'candidate-scored', version: v0, round: 0, dataset: 'val', score: 0.375, interval: [0.1, 0.6], failed: 0, unfinished: 0, tasks: 4 }),
    { type: 'best', score: 0.375, interval: [0.1, 0.6], tasks: 4, version: v0, candidate: prompt(text.v0) },
    said('r1', { type: 'round-started', round: 1, rounds: 2 }),
    said('p1', { type: 'candidate-proposed', version: v1, parent: v0, round: 1, candidate: prompt(text.v1), critique: retell('It is not exact'), edit: retell('gradient-general → edit-rewrite') }, 'rs-1'),
    said('d1', { type: 'candidate-dropped', parent: v0, round: 1, reason: retell('lost {date}'), critique: null }),
    evaluation('e1', 'val', [result('rs-1', [1, 1], 'b')], retell),
    said('s1', { type: 'candidate-scored', version: v1, round: 1, dataset: 'val-sample', score: 1, interval: [0.3, 1], failed: 0, unfinished: 0, tasks: 2 }),
    said('b1', { type: 'beam-chosen', round: 1, versions: [v1] }),
    said('r2', { type: 'round-started', round: 2, rounds: 2 }),
    said('p2', { type: 'candidate-proposed', version: v2, parent: v1, round: 2, candidate: prompt(text.v2), critique: retell('Rooms are taken'), edit: null }, 'rs-2'),
    evaluation('e2', 'val', [result('rs-2', [0, 1, 1, null], 'c')], retell),
    said('s2', { type: 'candidate-scored', version: v2, round: 2, dataset: 'val', score: 0.5, interval: [0.2, 0.8], failed: 1, unfinished: 0, tasks: 4 }),
    said('b2', { type: 'beam-chosen', round: 2, versions: [v2, v1] }),
    { type: 'best', score: 0.5, interval: [0.2, 0.8], tasks: 4, version: v2, candidate: prompt(text.v2) },
    { type: 'rollout-failed', rolloutId: retell('c-3'), status: 'failed', error: retell('TypeError: no room 12') },
    { type: 'finding', finding: { code: 'too-few-tasks', message: retell('4 tasks are too few to tell'), details: {} } },
    { type: 'warning', message: retell('1 of 4 rollouts failed') },
    evaluation('held-out/test', 'test', [result('rs-0', [0, 0, 1, 0], 'd'), result('rs-2', [1, 1, 0, 1], 'e')], retell),
    {
      type: 'held-out',
      report: {
        initial: score(0.25, 4),
        best: score(0.75, 4),
        difference: { mean: 0.5, interval: [-0.5, 1], pValue: 0.625, wins: 3, losses: 1, ties: 0, tasksNeeded: 30 },
        verdict: 'not-distinguishable',
      },
    },
    { type: 'rollouts', counts: { queued: 0, running: 0, succeeded: 17, failed: 1, cancelled: 0, retried: 2 } },
    { type: 'model-calls', count: 4 },
    {
      type: 'time',
      split: {
        wall: 20,
        waitingForSlot: 12,
        agentModels: 5,
        agentCode: 1,
        agentUnknown: 0,
        optimizer: 2,
        framework: 0,
        bottleneck: retell('More runners would help'),
      },
    },
    { type: 'run-ended', stopReason: 'completed' },
  ];
}

function evaluation(key: string, mode: string, results: readonly CandidateResult[], retell: Retell): RunEvent {
  const rows = results[0]!.rewards.map((_, row) => row);
  return {
    type: 'evaluation-ended',
    key: retell(key),
    reason: 'complete',
    mode,
    rows,
    results: results.map((each) => ({ ...each, rolloutIds: each.rolloutIds.map(retell) })),
  };
}

/** The view after these, a second after the other. */
export function viewOf(events: readonly RunEvent[]): RunView {
  return events.reduce((view: RunView, event, index) => updateRunView(view, event, 1_768_228_252 + index), emptyRunView);
}

/** What the files of that run say. */
export function detailsOf(changes: Partial<RunDetails> = {}): RunDetails {
  return {
    runId: 'run-1',
    directory: '/runs/run-1',
    status: 'completed',
    pid: null,
    algorithm: 'APO',
    agent: 'RoomSelector',
    label: 'simulated models',
    algorithmOptions: null,
    datasets: { train: 8, val: 4, test: 4 },
    datasetHashes: { train: 'a'.repeat(64), val: 'b'.repeat(64), test: 'c'.repeat(64) },
    initialResources: { prompt: 'Find a room on {date}.' },
    rolloutConfig: null,
    seed: 3,
    version: '0.1.0',
    startTime: 1_768_228_252,
    command: { script: '/home/me/project/train.ts', arguments: ['--quick'], directory: '/home/me/project', nodeVersion: '24.21.0' },
    forced: [],
    bestScore: 0.5,
    bestVersion: 'v2',
    rollouts: 18,
    spend: {
      rollouts: 18,
      modelCalls: { algorithm: 4, agent: 36 },
      tokens: { prompt: 9_000, completion: 500 },
      usd: 0.42,
      minutes: 0.4,
      unpricedModels: [],
      callsWithoutTokens: 0,
    },
    budget: { usd: 5 },
    stopReason: 'completed',
    result: null,
    ...changes,
  };
}
