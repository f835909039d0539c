import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from './rng.ts';
import { signFlipPValue } from './sign-flip-test.ts';

/** Goes through all flips. */
function byDefinition(differences: readonly number[]): number {
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0));
  let far = 0;
  for (let flip = 0; flip < 2 ** differences.length; flip += 1) {
    const sum = differences.reduce(
      (total, difference, index) => total + ((flip >> index) & 1 ? difference : -difference),
      0,
    );
    if (Math.abs(sum) >= observed - 1e-9) far += 1;
  }
  return far / 2 ** differences.length;
}

const repeated = (value: number, count: number): number[] => Array.from({ length: count }, () => value);

describe('signFlipPValue()', () => {
  // Two-sided exact binomial tails, as McNemar's exact test has them.
  it.each([
    [5, 0, 0.0625],
    [6, 0, 0.03125],
    [8, 2, 0.109375],
    [12, 4, 0.0768127],
    [10, 10, 1],
    [121, 59, 0.0000045],
  ])('is that of McNemar for %i wins and %i losses', (wins, losses, p) => {
    const differences = [...repeated(1, wins), ...repeated(-1, losses), ...repeated(0, 30)];
    expect(signFlipPValue(differences)).toBeCloseTo(p, 6);
  });

  it('is exact for grades, and for few differences of any size', () => {
    const grade = fc.integer({ min: -10, max: 10 }).map((tenths) => tenths / 10);
    const measured = fc.integer({ min: -1009, max: 1009 }).map((parts) => parts / 1009);
    for (const difference of [grade, measured]) {
      fc.assert(
        fc.property(fc.array(difference, { maxLength: 9 }), (differences) => {
          expect(signFlipPValue(differences)).toBeCloseTo(byDefinition(differences), 9);
        }),
        { numRuns: 50 },
      );
    }
  });

  it('draws flips for many differences of any size, the same each time, and is close to the exact answer', () => {
    const rng = createRng('measured');
    const differences = Array.from({ length: 200 }, () => rng.next() - 0.45);
    const p = signFlipPValue(differences);
    expect(signFlipPValue(differences)).toBe(p);
    // The same, rounded to hundredths, is computed exactly.
    const exact = signFlipPValue(differences.map((difference) => Math.round(difference * 100) / 100));
    expect(p).toBeGreaterThan(0);
    expect(Math.abs(p - exact)).toBeLessThan(0.01);
  });

  it('is 1 where nothing differs, and never 0', () => {
    expect(signFlipPValue([])).toBe(1);
    expect(signFlipPValue([0, 0])).toBe(1);
    expect(signFlipPValue(Array.from({ length: 40 }, (_, index) => 0.5 + Math.sin(index) / 10))).toBeGreaterThan(0);
  });

  it('warns one time in twenty where nothing is there', () => {
    const rng = createRng('nothing');
    let alarms = 0;
    for (let sample = 0; sample < 400; sample += 1) {
      if (signFlipPValue(Array.from({ length: 30 }, () => (rng.int(11) - 5) / 5)) < 0.05) alarms += 1;
    }
    expect(alarms).toBeGreaterThan(6);
    expect(alarms).toBeLessThan(36);
  });
});
