import { emptyRunView, type RunView } from '@agentlightning/core/run';
import { expect, it } from 'vitest';
import { runState, statusText } from './status-text.ts';

const view: RunView = {
  ...emptyRunView,
  runId: 'run-1',
  round: 2,
  rounds: 3,
  rollouts: { ...emptyRunView.rollouts, succeeded: 1200, failed: 4 },
  plannedRollouts: 2752,
  best: { score: 0.787, interval: null, tasks: 80, version: 'v5', prompts: [] },
  firstScore: 0.475,
};

it('says where a run stands', () => {
  expect(runState(view).word).toBe('running');
  expect(statusText(view)).toBe('round 2 of 3 · 1,204 of 2,752 rollouts · best 0.787 (v5), began at 0.475');
});

it('says what a run came to', () => {
  const roundList = [{ round: 3, startTime: 1, endTime: 2, beam: ['v5'], bestScore: 0.787 }];
  const ended: RunView = { ...view, stopReason: 'completed', roundList };
  expect(runState(ended).word).toBe('completed');
  expect(statusText(ended)).toBe('3 rounds · 1,204 rollouts · best 0.787 (v5), began at 0.475');
});

it('says that the process of a run is gone, which no event tells', () => {
  expect(runState(view, 'broken-off').word).toBe('broken off');
  expect(runState({ ...view, stopReason: 'completed' }, 'broken-off').word).toBe('completed');
});

it('says little of a run of which little is known', () => {
  expect(runState(emptyRunView).word).toBe('starting');
  expect(statusText(emptyRunView)).toBe('0 rollouts');
  expect(statusText({ ...view, best: null })).toBe('round 2 of 3 · 1,204 of 2,752 rollouts · began at 0.475');
});
