import { differenceOf, intervalOf, type Json } from '@agentlightning/core';
import type { CandidateResult, JournalEntry, RunEvent, Score } from '@agentlightning/core/run';

/** What the texts of a search say, by where they stand. */
export type TextOf = (field: string) => string;

const PLAIN: TextOf = (field) => (field === 'version' ? '' : `the ${field}`);

/**
 * The events of a search as a run tells them, with one of each kind.
 *
 * @param rounds - each with two candidates
 * @param text - for every field that a model, an agent or a user fills
 */
export function searchEvents({
  rounds = 2,
  text = PLAIN,
  tasks = 40,
}: {
  rounds?: number;
  text?: TextOf;
  tasks?: number;
} = {}): JournalEntry[] {
  let time = 1_790_000_000;
  const entries: JournalEntry[] = [];
  const tell = (event: RunEvent) => {
    time += 1;
    entries.push({ time, ...event });
  };
  const algorithm = (event: Extract<RunEvent, { type: 'algorithm-event' }>['event'], resourcesId?: string) =>
    tell({ type: 'algorithm-event', key: text('key'), event, ...(resourcesId === undefined ? {} : { resourcesId }) });
  const names = new Map<number, string>();
  const nameOf = (version: number) => {
    const name = names.get(version) ?? `v${version}${text('version')}`;
    names.set(version, name);
    return name;
  };
  const rows = Array.from({ length: tasks }, (_, row) => row);
  const evaluate = (version: number) => {
    const resourcesId = `rs-${version}`;
    const key = `${text('evaluation')} ${version}`;
    tell({ type: 'evaluation-started', key, rollouts: tasks, mode: 'val', resourcesIds: [resourcesId], rows });
    const results = [resultOf(version, resourcesId, tasks, text)];
    tell({ type: 'evaluation-ended', key, reason: text('reason'), mode: 'val', rows, results });
    return results[0]!.score;
  };
  const propose = (version: number, parent: number | null, round: number) =>
    algorithm(
      {
        type: 'candidate-proposed',
        version: nameOf(version),
        parent: parent === null ? null : nameOf(parent),
        round,
        candidate: { [text('resource')]: promptOf(version, text) },
        critique: parent === null ? null : text('critique'),
        edit: parent === null ? null : text('edit'),
      },
      `rs-${version}`,
    );
  const scored = (version: number, round: number) => {
    const { mean, interval } = evaluate(version);
    const known = { score: mean, interval, failed: 1, unfinished: 0, tasks };
    algorithm({ type: 'candidate-scored', version: nameOf(version), round, dataset: 'val', ...known });
    algorithm({ type: 'candidate-scored', version: nameOf(version), round, dataset: 'val-sample', ...known });
    return mean!;
  };

  tell({
    type: 'run-started',
    runId: text('run'),
    runDirectory: text('directory'),
    isResumed: false,
    algorithm: text('algorithm'),
    nRunners: 8,
    seed: 0,
    heldOutRollouts: 80,
    label: text('label'),
  });
  algorithm({ type: 'plan', rounds, rollouts: 2000, modelCalls: 100 });
  propose(0, null, 0);
  let best = scored(0, 0);
  const tellBest = (version: number) =>
    tell({
      type: 'best',
      score: best,
      interval: [best - 0.05, best + 0.05],
      tasks,
      version: nameOf(version),
      candidate: { [text('resource')]: promptOf(version, text) },
    });
  tellBest(0);
  for (let round = 1; round <= rounds; round += 1) {
    const parent = Math.max(0, 2 * round - 3);
    algorithm({ type: 'round-started', round, rounds });
    algorithm({ type: 'progress', part: text('part'), round, parent: nameOf(parent), doing: text('doing') });
    algorithm({
      type: 'candidate-dropped',
      parent: nameOf(parent),
      round,
      reason: text('drop'),
      critique: text('critique'),
    });
    for (const version of [2 * round - 1, 2 * round]) {
      propose(version, parent, round);
      const score = scored(version, round);
      if (score <= best) continue;
      best = score;
      tellBest(version);
    }
    algorithm({ type: 'beam-chosen', round, versions: [nameOf(2 * round - 1), nameOf(0)] });
    algorithm({ type: 'round-ended', round, rounds, bestScore: best });
  }
  algorithm({ type: 'progress', part: 'p1', round: rounds, parent: nameOf(1), doing: 'asking the critic' });
  algorithm({ type: 'custom', name: text('custom'), data: { [text('name')]: text('value') } as Json });
  tell({ type: 'rollout-failed', rolloutId: `ro-${text('rollout')}`, status: 'failed', error: text('error') });
  tell({
    type: 'rollouts',
    counts: { queued: 3, running: 8, succeeded: 500, failed: 1, cancelled: 0, retried: 2 },
  });
  tell({ type: 'model-calls', count: 40 });
  tell({
    type: 'spend',
    spend: {
      rollouts: 512,
      modelCalls: { algorithm: 40, agent: 1000 },
      tokens: { prompt: 90_000, completion: 8000 },
      usd: 0.42,
      minutes: 3,
      unpricedModels: [text('model')],
      callsWithoutTokens: 0,
    },
    budget: { usd: 5, rollouts: 2000 },
  });
  tell({
    type: 'time',
    split: {
      wall: 180,
      waitingForSlot: 20,
      agentModels: 90,
      agentCode: 30,
      agentUnknown: 0,
      optimizer: 30,
      framework: 10,
      bottleneck: text('bottleneck'),
    },
  });
  tell({ type: 'warning', message: text('warning') });
  tell({ type: 'finding', finding: { code: 'too-few-tasks', message: text('finding'), details: {} } });
  return entries;
}

/** The events that end a search. */
export function endingEvents(text: TextOf = PLAIN): JournalEntry[] {
  const best = Array.from({ length: 40 }, (_, row) => Number(row % 4 > 0));
  const initial = best.map((_, row) => row % 2);
  const report = {
    best: scoreOf(best),
    initial: scoreOf(initial),
    difference: differenceOf(best.map((reward, row) => reward - initial[row]!)),
    verdict: 'better' as const,
  };
  return [
    { time: 1_790_000_900, type: 'held-out', report },
    { time: 1_790_000_901, type: 'stopping', step: 'drain', cause: 'SIGINT' },
    {
      time: 1_790_000_902,
      type: 'budget-reached',
      reached: { limit: 'usd', cap: 5, spent: 5, wanted: null, message: text('budget') },
    },
    { time: 1_790_000_903, type: 'run-failed', error: text('failure') },
  ];
}

function scoreOf(rewards: readonly number[]): Score {
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  return { mean, interval: intervalOf(rewards), n: rewards.length, failed: 0, withoutReward: 0, unfinished: 0 };
}

function promptOf(version: number, text: TextOf): Json {
  return { resource_type: 'prompt_template', engine: text('engine'), template: `${text('prompt')} ${version}` };
}

function resultOf(version: number, resourcesId: string, tasks: number, text: TextOf): CandidateResult {
  const rewards = Array.from({ length: tasks }, (_, task) => Number((task * 7 + version * 3) % 10 < 4 + version));
  return {
    resourcesId,
    score: scoreOf(rewards),
    rewards,
    failed: [1],
    rolloutIds: rewards.map((_, task) => `ro-${version}-${task}-${text('rollout')}`),
  };
}
