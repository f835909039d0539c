import { describe, expect, it } from 'vitest';
import { smallestDifference, tasksNeeded } from './tasks-needed.ts';

describe('tasksNeeded()', () => {
  it('is the usual sample size for a paired comparison, and never so few that nothing could be told', () => {
    // (1.96 + 0.8416)² = 7.849
    expect(tasksNeeded(0.1)).toBe(236);
    expect(tasksNeeded(-0.05, 0.25)).toBe(785);
    expect(tasksNeeded(1, 0)).toBe(6);
  });
});

describe('smallestDifference()', () => {
  it('is what that many tasks are needed for', () => {
    expect(tasksNeeded(smallestDifference(236))).toBe(236);
    expect(smallestDifference(20)).toBeCloseTo(0.343, 3);
    expect(smallestDifference(1)).toBe(1);
  });
});
