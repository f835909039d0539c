import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AlgorithmEvent } from '../algorithm/algorithm-event.ts';
import type { RunEvent } from './run-event.ts';
import { emptyRunView, type RunView, secondsLeft } from './run-view.ts';
import { updateRunView } from './update-run-view.ts';

const started: RunEvent = {
  type: 'run-started',
  runId: 'run-1',
  runDirectory: 'runs/run-1',
  isResumed: false,
  algorithm: 'APO',
  nRunners: 8,
  seed: 0,
  heldOutRollouts: 20,
  label: 'simulated models',
};
const prompt = (template: string) => ({
  prompt: { resource_type: 'prompt_template', template, engine: 'f-string' },
});
const proposed = (version: string, parent: string | null, round: number): AlgorithmEvent => ({
  type: 'candidate-proposed',
  version,
  parent,
  round,
  candidate: prompt(`text of ${version}`),
  critique: parent === null ? null : 'too long',
  edit: null,
});
const scored = (version: string, round: number, score: number | null, dataset: 'val' | 'val-sample' = 'val-sample') =>
  ({
    type: 'candidate-scored',
    version,
    round,
    dataset,
    score,
    interval: score === null ? null : [score - 0.1, score + 0.1],
    failed: 0,
    unfinished: score === null ? 1 : 0,
    tasks: 10,
  }) satisfies AlgorithmEvent;

/** The view after these; events of the algorithm may stand alone. */
function viewOf(...events: readonly (RunEvent | AlgorithmEvent)[]): RunView {
  return events.reduce((view: RunView, event, index) => {
    const isOwn = ALGORITHM_TYPES.has(event.type);
    const told = isOwn ? { type: 'algorithm-event', key: `e${index}`, event } : event;
    return updateRunView(view, told as RunEvent, 1000 + index);
  }, emptyRunView);
}

const ALGORITHM_TYPES = new Set<string>([
  'plan',
  'round-started',
  'round-ended',
  'progress',
  'candidate-proposed',
  'candidate-dropped',
  'candidate-scored',
  'beam-chosen',
  'custom',
] satisfies AlgorithmEvent['type'][]);

const candidateOf = ({ candidates }: RunView, version: string) =>
  candidates.find((candidate) => candidate.version === version);

describe('updateRunView()', () => {
  it('follows a candidate from proposal over scores into the beam and out of it', () => {
    const one = [started, proposed('v0', null, 0), proposed('v1', 'v0', 1)] as const;
    expect(candidateOf(viewOf(...one), 'v1')).toMatchObject({
      parent: 'v0',
      round: 1,
      state: 'open',
      critique: 'too long',
      prompts: [{ name: 'prompt', template: 'text of v1', engine: 'f-string' }],
    });
    const two = [...one, scored('v0', 1, 0.4), scored('v1', 1, 0.6)] as const;
    const three = [...two, { type: 'beam-chosen', round: 1, versions: ['v1'] }] as const;
    expect(viewOf(...three).candidates.map(({ version, state, beams }) => [version, state, beams])).toEqual([
      ['v0', 'outscored', []],
      ['v1', 'in-beam', [1]],
    ]);
    const four = [...three, scored('v1', 2, null), { type: 'beam-chosen', round: 2, versions: ['v2'] }] as const;
    expect(candidateOf(viewOf(...four), 'v1')).toMatchObject({ state: 'incomplete', beams: [1] });
    expect(viewOf(...four).roundList.map(({ round, beam }) => [round, beam])).toEqual([
      [1, ['v1']],
      [2, ['v2']],
    ]);
  });

  it('keeps a curve of scores on the whole validation set, with what was spent by then', () => {
    const spend = { usd: 1.5 } as never;
    const view = viewOf(
      started,
      scored('v0', 0, 0.4, 'val'),
      { type: 'best', score: 0.4, interval: [0.2, 0.6], tasks: 20, version: 'v0', candidate: prompt('text of v0') },
      { type: 'rollouts', counts: { ...emptyRunView.rollouts, succeeded: 30, failed: 2 } },
      { type: 'model-calls', count: 7 },
      { type: 'spend', spend, budget: { usd: 3 } },
      scored('v1', 1, null, 'val'),
      scored('v1', 1, 0.7, 'val'),
      { type: 'best', score: 0.7, interval: null, tasks: null, version: 'v1', candidate: prompt('text of v1') },
    );
    expect(view.curve).toMatchObject([
      { version: 'v0', score: 0.4, isBest: true, rollouts: 0, modelCalls: 0, usd: null, time: 1001 },
      { version: 'v1', score: 0.7, isBest: true, rollouts: 32, modelCalls: 7, usd: 1.5 },
    ]);
    expect(view).toMatchObject({ firstScore: 0.4, best: { version: 'v1', prompts: [{ template: 'text of v1' }] } });
    expect(view).toMatchObject({ startTime: 1000, lastTime: 1008, budget: { usd: 3 }, label: 'simulated models' });
  });

  it('shows what is going on, and no more when it is done', () => {
    const progress = { type: 'progress', part: 'p0', round: 1, parent: 'v0' } as const;
    const asking = viewOf(started, { ...progress, doing: 'running' }, { ...progress, doing: 'asking the critic' });
    expect(asking.parts).toEqual([{ part: 'p0', round: 1, parent: 'v0', doing: 'asking the critic' }]);
    expect(viewOf(started, { ...progress, doing: 'running' }, { ...progress, doing: null }).parts).toEqual([]);
  });

  it('takes an evaluation that begins again for the same one', () => {
    const begin: RunEvent = {
      type: 'evaluation-started',
      key: 'r1/tasks',
      rollouts: 2,
      mode: 'val',
      resourcesIds: ['rs-1'],
      rows: [3, null],
    };
    const result = { resourcesId: 'rs-1', rewards: [1, 0], failed: [], rolloutIds: ['a', 'b'] };
    const end: RunEvent = {
      type: 'evaluation-ended',
      key: 'r1/tasks',
      reason: 'complete',
      mode: 'val',
      rows: [3, null],
      results: [{ ...result, score: {} as never }],
    };
    expect(viewOf(started, begin).evaluations).toMatchObject([{ key: 'r1/tasks', results: null }]);
    expect(viewOf(started, begin, end, begin, end).evaluations).toMatchObject([{ rollouts: 2, results: [result] }]);
  });

  it('puts failures for the same reason together, the most frequent first', () => {
    const failure = (error: string, rolloutId: string): RunEvent => ({
      type: 'rollout-failed',
      status: 'failed',
      error,
      rolloutId,
    });
    const view = viewOf(
      failure('TypeError: no room', 'ro-1'),
      failure('Error: task 12 of 80 took 1.5 s', 'ro-2'),
      failure('Error: task 13 of 80 took 0.25 s', 'ro-3'),
    );
    expect(view.failures).toEqual([
      {
        message: 'Error: task … of … took … s',
        count: 2,
        rolloutId: 'ro-2',
        example: 'Error: task 12 of 80 took 1.5 s',
      },
      { message: 'TypeError: no room', count: 1, rolloutId: 'ro-1', example: 'TypeError: no room' },
    ]);
    const many = Array.from({ length: 26 * 26 }, (_, n) =>
      failure(`Error ${String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))}`, 'ro-1'),
    );
    expect(viewOf(...many).failures).toHaveLength(51);
    expect(viewOf(...many).failures[0]).toMatchObject({ message: 'other errors', count: 26 * 26 - 50 });
  });

  it('forgets of an earlier process what stopped it, and keeps what it had found', () => {
    const earlier = [started, proposed('v0', null, 0), { type: 'stopping', step: 'abort', cause: 'SIGINT' }] as const;
    const stopped = viewOf(...earlier, { type: 'run-ended', stopReason: 'interrupted' });
    expect(stopped).toMatchObject({ stopStep: 'abort', stopReason: 'interrupted' });
    const resumed = updateRunView(stopped, { ...started, isResumed: true });
    expect(resumed).toMatchObject({ stopStep: null, stopReason: null, isResumed: true });
    expect(resumed.candidates).toHaveLength(1);
  });

  it('lets a later finding of a kind take the place of an earlier one, and tells a warning once', () => {
    const finding = (n: number): RunEvent => ({
      type: 'finding',
      finding: { code: 'no-spans', message: `${n} rollouts`, details: { n } },
    });
    const view = viewOf(finding(1), finding(2), { type: 'warning', message: 'a' }, { type: 'warning', message: 'a' });
    expect(view.findings).toMatchObject([{ message: '2 rollouts' }]);
    expect(viewOf(finding(1), { type: 'finding-withdrawn', code: 'no-spans' }).findings).toEqual([]);
    expect(view.warnings).toEqual(['a']);
  });

  it('is not changed by an event that it does not know', () => {
    const view = viewOf(started);
    expect(updateRunView(view, { type: 'of a newer version' } as never)).toEqual(view);
    // As a journal has it.
    const entry = { time: 1_790_000_000, ...started, ofANewerVersion: 1 };
    expect(updateRunView(emptyRunView, entry)).toEqual(updateRunView(emptyRunView, started));
    const event = { type: 'of a newer version' } as never;
    expect(updateRunView(view, { type: 'algorithm-event', key: 'k', event })).toEqual(view);
  });
});

describe('secondsLeft()', () => {
  it('goes by the pace so far, once there is one', () => {
    const rollouts = { ...emptyRunView.rollouts, succeeded: 20 };
    expect(secondsLeft({ rollouts, plannedRollouts: 100 }, 10)).toBe(40);
    expect(secondsLeft({ rollouts, plannedRollouts: null }, 10)).toBeUndefined();
    expect(secondsLeft({ rollouts: emptyRunView.rollouts, plannedRollouts: 100 }, 10)).toBeUndefined();
  });
});

it('runs in a browser: nothing here imports Node or anything outside of this folder but types', () => {
  const folder = new URL('./', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  expect(files).toContain('run-view.ts');
  for (const name of files) {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const imports = [...text.matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)'/gm)].map((match) => match[1]);
    for (const specifier of imports) expect(specifier, name).toMatch(/^\.\/[a-z-]+\.ts$/);
  }
});
