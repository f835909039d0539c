import type { TaskOutcome } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { selectExperiments } from './propose-prompt.ts';

const outcome = (index: number, status: 'succeeded' | 'unfinished' = 'succeeded'): TaskOutcome<number> =>
  ({ index, status }) as TaskOutcome<number>;
const hasResult = ({ status }: TaskOutcome<number>): boolean => status === 'succeeded';
const chosen = (outcomes: readonly TaskOutcome<number>[], batchSize: number): number[] =>
  selectExperiments(outcomes, { order: [2, 0, 1], batchSize, hasResult }).map(({ index }) => index);

describe('selectExperiments()', () => {
  it('shows a full batch in the order that was drawn, as upstream samples it', () => {
    expect(chosen([outcome(0), outcome(1), outcome(2)], 3)).toEqual([2, 0, 1]);
  });

  it('shows what there is, in its own order, when some have no result', () => {
    expect(chosen([outcome(0), outcome(1, 'unfinished'), outcome(2)], 3)).toEqual([0, 2]);
  });
});
