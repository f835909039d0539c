import type { CandidateView, EvaluationView } from '@agentlightning/core/run';
import { describe, expect, it } from 'vitest';
import { compareColumns, comparisonText, opponents, sortRows, taskGrid } from './task-grid.ts';

const candidates = [
  ['v0', null],
  ['v1', 'v0'],
  ['v2', 'v1'],
  ['v3', 'v0'],
].map(([version, parent]) => ({ version, parent, resourcesId: `rs-${version}` }) as CandidateView);

function evaluation(mode: string, rows: (number | null)[], rewards: Record<string, (number | null)[]>): EvaluationView {
  const results = Object.entries(rewards).map(([version, values]) => ({
    resourcesId: `rs-${version}`,
    score: { mean: null, interval: null, n: rows.length, failed: 0, withoutReward: 0, unfinished: 0 },
    rewards: values,
    failed: values[0] === 0 ? [0] : [],
    rolloutIds: values.map((_, index) => `ro-${version}-${rows.length}-${index}`),
  }));
  return { key: `${mode}-${rows.join()}`, mode, rows, results, rollouts: 0, resourcesIds: [] };
}

const evaluations = [
  evaluation('val', [5, 2], { v0: [1, 1], v1: [0, 1], v2: [1, null] }),
  evaluation('val', [0, 1, 2, 5], { v0: [0, 0, 0, 1], v2: [1, 1, 0, 0] }),
  evaluation('train', [9], { v0: [1] }),
  evaluation('val', [null, 2], { v0: [1, 1] }),
  { ...evaluation('val', [7], { v0: [1] }), results: null },
];
const grid = taskGrid(evaluations, candidates);

describe('the grid of tasks', () => {
  it('takes what the larger evaluation says of a task', () => {
    expect(grid.rows).toEqual([0, 1, 2, 5]);
    expect(grid.columns.map(({ version }) => version)).toEqual(['v0', 'v1', 'v2']);
    expect([...grid.columns[0]!.cells].map(([row, { reward }]) => [row, reward])).toEqual([
      [5, 1],
      [2, 0],
      [0, 0],
      [1, 0],
    ]);
    expect(grid.columns[1]!.cells.get(5)).toEqual({ reward: 0, isFailed: true, rolloutId: 'ro-v1-2-0', tasks: 2 });
    expect(grid.rewardRange).toEqual([0, 1]);
  });

  it('compares candidates with their parents, or with what the search began with', () => {
    const lines = (against: 'parent' | 'seed') =>
      compareColumns(grid, opponents(candidates, against)).map(comparisonText);
    expect(lines('parent')).toEqual([
      'v1 against v0: 1 fixed, 1 broke, 0 same of 2 tasks',
      'v2 against v1: 0 fixed, 1 broke, 1 same of 2 tasks',
    ]);
    expect(lines('seed')).toEqual([
      'v1 against v0: 1 fixed, 1 broke, 0 same of 2 tasks',
      'v2 against v0: 2 fixed, 1 broke, 1 same of 4 tasks',
    ]);
  });

  it('sorts by what changed most, and by what is hardest', () => {
    const toParents = opponents(candidates, 'parent');
    expect(sortRows(grid, 'dataset', toParents)).toEqual([0, 1, 2, 5]);
    expect(sortRows(grid, 'changed', toParents)).toEqual([2, 5, 0, 1]);
    expect(sortRows(grid, 'hardest', toParents)).toEqual([2, 5, 0, 1]);
  });
});
