import { describe, expect, it } from 'vitest';
import { criticalPathMs, listScheduleMs, type Stage } from './list-schedule.ts';

function stage(key: string, jobsMs: readonly number[], rest: Partial<Stage> = {}): Stage {
  return { key, jobsMs, after: [], waitsFor: 'all', delayMs: 0, priority: 0, ...rest };
}

/** Two branches of a round, its gate, and a validation that nobody waits for. */
const round: readonly Stage[] = [
  stage('validation', [50, 50, 50]),
  stage('training-a', [10, 20], { priority: 3 }),
  stage('training-b', [30], { priority: 3 }),
  stage('child-a', [10, 10], { after: ['training-a'], delayMs: 5, priority: 2 }),
  stage('child-b', [10], { after: ['training-b'], delayMs: 5, priority: 2 }),
  stage('gate', [], { after: ['child-a', 'child-b'] }),
  stage('last', [7], { after: ['gate'] }),
];

describe('criticalPathMs()', () => {
  it('is the longest way through stages and their delays', () => {
    expect(criticalPathMs(round)).toBe(30 + 5 + 10 + 7);
  });

  it('takes the first end where a stage waits for the first', () => {
    const stages = [stage('a', [10]), stage('b', [30]), stage('c', [5], { after: ['a', 'b'], waitsFor: 'first' })];
    expect(criticalPathMs(stages)).toBe(30);
    expect(criticalPathMs([...stages, stage('d', [40], { after: ['c'] })])).toBe(55);
  });

  it('refuses a stage after one that is not listed before it', () => {
    expect(() => criticalPathMs([stage('a', [1], { after: ['b'] }), stage('b', [1])])).toThrow('comes after b');
  });
});

describe('listScheduleMs()', () => {
  it('is the critical path when slots never run out', () => {
    expect(listScheduleMs(round, Number.POSITIVE_INFINITY)).toBe(criticalPathMs(round));
    expect(listScheduleMs(round, 6)).toBe(criticalPathMs(round));
  });

  it('is all the work in a row, and every delay that nothing covers, with one slot', () => {
    // training-b ends at 60 with the edit of a behind it; the validation fills every gap and ends last.
    expect(listScheduleMs(round, 1)).toBe(10 + 20 + 30 + 10 + 10 + 10 + 50 + 50 + 50 + 7);
    expect(listScheduleMs([stage('a', [10]), stage('b', [10], { after: ['a'], delayMs: 5 })], 1)).toBe(25);
  });

  it('gives a free slot to the highest priority, and among equals to what was ready first', () => {
    const stages = [
      stage('low', [10, 10]),
      stage('high', [10], { priority: 1 }),
      stage('after-high', [100], { after: ['high'] }),
    ];
    // With one slot: high, low, low, after-high.
    expect(listScheduleMs(stages, 1)).toBe(130);
    const urgent = [...stages.slice(0, 2), stage('after-high', [100], { after: ['high'], priority: 2 })];
    expect(listScheduleMs(urgent, 2)).toBe(110);
  });

  it('knows all that happens at one time before it gives slots away', () => {
    const stages = [
      stage('a', [10]),
      stage('b', [10]),
      stage('long', [20], { after: ['b'], priority: 1 }),
      stage('short', [10], { after: ['a'] }),
      stage('short-too', [10], { after: ['a'] }),
    ];
    expect(listScheduleMs(stages, 2)).toBe(30);
  });

  it('takes no time for nothing', () => {
    expect(listScheduleMs([], 1)).toBe(0);
  });

  it('names stages that are never reached', () => {
    expect(() => listScheduleMs([stage('lost', [1], { after: ['nowhere'] })], 1)).toThrow('Cannot schedule lost');
  });
});
