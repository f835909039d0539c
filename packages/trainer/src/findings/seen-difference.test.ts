import { describe, expect, it } from 'vitest';
import { Validations } from './seen-difference.ts';

const rows = [0, 1, 2, 3];

describe('Validations', () => {
  it('compares what was on the whole set, in the same order, with a result for each task', () => {
    const validations = new Validations(4);
    validations.add('seed', [0, 0, 1, 1], rows);
    validations.add('best', [1, 0, 1, 0.5], rows);
    validations.add('sample', [1, 1], [0, 1]);
    validations.add('shuffled', [1, 1, 1, 1], [3, 2, 1, 0]);
    validations.add('incomplete', [1, 1, 1, null], rows);
    expect(validations.compare('seed', 'best')).toMatchObject({
      set: 'val',
      tasks: 4,
      difference: { mean: 0.125, wins: 1, losses: 1, ties: 2 },
      verdict: 'not-distinguishable',
    });
    for (const other of ['seed', 'sample', 'shuffled', 'incomplete', 'unknown']) {
      expect(validations.compare('seed', other)).toBeNull();
    }
  });

  it('remembers the first and the latest of many', () => {
    const validations = new Validations(4);
    for (let candidate = 0; candidate < 200; candidate += 1) validations.add(`v${candidate}`, [0, 0, 0, 1], rows);
    expect(validations.compare('v0', 'v199')).not.toBeNull();
    expect(validations.compare('v0', 'v1')).toBeNull();
  });
});
