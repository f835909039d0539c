import { PromptTemplate } from '@agentlightning/core';
import type { Score } from '@agentlightning/core/run';
import { expect, it } from 'vitest';
import { EvaluatedScores } from './evaluated-scores.ts';
import { snapshotIdOf } from './snapshot-id.ts';

const candidate = { prompt: new PromptTemplate({ template: 'Work on {word}.', engine: 'f-string' }) };
const sample = { mean: 1, n: 4, interval: [0.51, 1] } as unknown as Score;
const whole = { mean: 1, n: 6, interval: [0.61, 1] } as unknown as Score;
const doubtful = { mean: 1, n: 6, interval: [0.55, 1] } as unknown as Score;
const other = { mean: 0.5, n: 80, interval: [0.4, 0.6] } as unknown as Score;

it.each([
  ['in this order', [sample, whole, doubtful, other]],
  ['in another order', [other, doubtful, whole, sample]],
])('a score is told with the interval of the largest evaluation that gave it, whichever came last: %s', (_, scores) => {
  const known = new EvaluatedScores('run');
  for (const score of scores) known.add(snapshotIdOf('run', candidate, true), score);
  expect(known.of(candidate, 1)).toEqual({ interval: [0.55, 1], tasks: 6 });
  expect(known.of(candidate, 0.25)).toEqual({ interval: null, tasks: null });
});
