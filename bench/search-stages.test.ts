import type { ApoResult } from 'agentlightning';
import { describe, expect, it } from 'vitest';
import { criticalPathMs, listScheduleMs } from './list-schedule.ts';
import { type EvaluationDraws, searchStages } from './search-stages.ts';

type Round = ApoResult['history'][number];
type Candidate = Round['candidates'][number];

const latency = { critiqueMs: 100, editMs: 50 };

function candidate(round: number, path: Candidate['path'], changes: Partial<Candidate>): Candidate {
  return {
    version: null,
    parent: 'v0',
    round,
    path,
    status: 'open',
    reason: null,
    problem: null,
    duplicateOf: null,
    gradientPrompt: null,
    critique: null,
    editPrompt: null,
    repaired: false,
    modelCalls: 2,
    training: null,
    prompt: null,
    samples: [],
    validation: null,
    ...changes,
  };
}

function prompt(template: string): Candidate['prompt'] {
  return { template, engine: 'f-string' };
}

/** One round in which two branches bring the same prompt and a third one none, after a repair. */
const history: readonly Round[] = [
  {
    round: 0,
    parents: [],
    candidates: [candidate(0, null, { version: 'v0', parent: null, modelCalls: 0, prompt: prompt('seed') })],
    beam: ['v0'],
    validation: null,
  },
  {
    round: 1,
    parents: ['v0'],
    candidates: [
      candidate(1, { parent: 0, branch: 0 }, { version: 'v1', prompt: prompt('better') }),
      candidate(1, { parent: 0, branch: 1 }, { version: 'v2', prompt: prompt('better'), status: 'duplicate' }),
      candidate(1, { parent: 0, branch: 2 }, { status: 'dropped', modelCalls: 3 }),
    ],
    beam: ['v1', 'v0'],
    validation: null,
  },
];

const evaluations: readonly EvaluationDraws[] = [
  { path: 'validation-r0/tasks', template: 'seed', jobsMs: [5, 5] },
  { path: 'r1/scores/v0/tasks', template: 'seed', jobsMs: [10] },
  { path: 'r1/p0/b0/training/tasks', template: 'seed', jobsMs: [10, 20] },
  { path: 'r1/p0/b1/training/tasks', template: 'seed', jobsMs: [15] },
  { path: 'r1/p0/b2/training/tasks', template: 'seed', jobsMs: [10] },
  { path: 'r1/scores/5f3a/tasks', template: 'better', jobsMs: [40] },
  { path: 'validation-r1/tasks', template: 'better', jobsMs: [7] },
];

describe('searchStages()', () => {
  const stages = searchStages(history, evaluations, latency);
  const stage = (key: string) => stages.find((one) => one.key === key);

  it('gives each evaluation its place and its priority', () => {
    expect(stages.filter(({ jobsMs }) => jobsMs.length > 0).map(({ key, priority }) => [key, priority])).toEqual([
      ['validation-r0/tasks', 0],
      ['r1/p0/b0/training/tasks', 3],
      ['r1/p0/b1/training/tasks', 3],
      ['r1/p0/b2/training/tasks', 3],
      ['r1/scores/v0/tasks', 1],
      ['r1/scores/5f3a/tasks', 2],
      ['validation-r1/tasks', 0],
    ]);
  });

  it('scores a prompt as soon as the first of the branches that brought it has it', () => {
    expect(stage('r1/scores/5f3a/tasks')).toMatchObject({
      after: ['r1/p0/b0/proposal', 'r1/p0/b1/proposal'],
      waitsFor: 'first',
    });
  });

  it('counts a critique, an edit, and a repair as another edit', () => {
    expect(stage('r1/p0/b0/proposal')).toMatchObject({ after: ['r1/p0/b0/training/tasks'], delayMs: 150, jobsMs: [] });
    expect(stage('r1/p0/b2/proposal')).toMatchObject({ delayMs: 200 });
  });

  it('ends a round when its branches have ended and all is scored, and validates its leader after it', () => {
    // The branch that was dropped ends last, at 210; the prompt was there at 165, and scored at 205.
    expect(criticalPathMs(stages)).toBe(210 + 7);
    expect(listScheduleMs(stages, 64)).toBe(217);
    expect(listScheduleMs(stages, 1)).toBeGreaterThan(217);
  });

  it('refuses evaluations that have no place, and histories without theirs', () => {
    const retry: EvaluationDraws = { path: 'r1/scores/v0/retry', template: 'seed', jobsMs: [1] };
    expect(() => searchStages(history, [...evaluations, retry], latency)).toThrow('no place in it: r1/scores/v0/retry');
    const without = evaluations.filter(({ path }) => !path.startsWith('r1/p0/b1'));
    expect(() => searchStages(history, without, latency)).toThrow('no evaluation r1/p0/b1/training/tasks');
    const foreign: EvaluationDraws = { path: 'r1/scores/9c/tasks', template: 'other', jobsMs: [1] };
    expect(() => searchStages(history, [...evaluations, foreign], latency)).toThrow('a prompt that no branch brought');
  });
});
