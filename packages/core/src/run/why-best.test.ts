import { expect, it } from 'vitest';
import type { CandidateView, ScoreView } from './run-view.ts';
import { whyBest } from './why-best.ts';

const score = (value: number | null, tasks: number) => ({ score: value, tasks }) as ScoreView;
const candidate = (version: string, validation: ScoreView | null, samples: ScoreView[] = []) =>
  ({ version, validation, samples }) as unknown as CandidateView;
const best = { version: 'v1', score: 0.8, interval: null, tasks: 80, prompts: [] };

it('says how many were compared on what, and that higher scores on samples are no contradiction', () => {
  const candidates = [
    candidate('v0', score(0.4, 80)),
    candidate('v1', score(0.8, 80), [score(0.9, 16)]),
    candidate('v2', score(null, 80), [score(1, 16)]),
    candidate('v3', null, [score(1, 16)]),
  ];
  expect(whyBest({ best, candidates })).toBe(
    'v1 has the best score of the 2 candidates that were scored on all 80 validation tasks. Scores on a sample (16 tasks) decide which candidates go on, and are not compared with that.',
  );
  expect(whyBest({ best, candidates: [candidate('v1', score(0.8, 80))] })).toBe(
    'v1 is the only candidate that was scored on all 80 validation tasks.',
  );
});

it('says nothing before anything is known', () => {
  expect(whyBest({ best: null, candidates: [candidate('v1', score(0.8, 80))] })).toBeNull();
  expect(whyBest({ best, candidates: [candidate('v1', null, [score(1, 16)])] })).toBeNull();
  expect(whyBest({ best, candidates: [] })).toBeNull();
});
