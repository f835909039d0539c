import { describe, expect, it } from 'vitest';
import { generateRoomsHard } from '../src/rooms-hard/index.ts';
import { type SearchResult, search } from './search-harness.ts';

const data = generateRoomsHard();
/** Fixed in advance, and all of them are counted. */
const seeds = [0, 1, 2, 3, 4, 5];

function searches(critic: string): SearchResult[] {
  return seeds.map((seed) => search({ data, seed, critic }));
}

function mean(results: readonly SearchResult[], value: (result: SearchResult) => number): number {
  return results.reduce((sum, result) => sum + value(result), 0) / results.length;
}

function report(name: string, results: readonly SearchResult[]): void {
  const of = (key: 'seedVal' | 'bestVal' | 'seedTest' | 'bestTest') =>
    mean(results, (result) => result[key]).toFixed(3);
  process.stdout.write(
    `simulated search, ${name}, seeds ${seeds.join(' ')}: val ${of('seedVal')} -> ${of('bestVal')}, ` +
      `held-out ${of('seedTest')} -> ${of('bestTest')}\n`,
  );
}

describe('a search over prompts', () => {
  it('climbs on held-out tasks with the critic that reads traces', () => {
    const results = searches('sim-critic');
    report('critic', results);
    expect(mean(results, ({ seedTest }) => seedTest)).toBeLessThan(0.47);
    expect(mean(results, ({ bestTest }) => bestTest)).toBeGreaterThan(0.78);
  });

  it('gains nothing on held-out tasks with a critic that names only distractors', () => {
    const results = searches('sim-critic-distractor');
    report('distractors only', results);
    expect(Math.abs(mean(results, ({ bestTest, seedTest }) => bestTest - seedTest))).toBeLessThan(0.03);
  });

  it('gains nothing at all with a critic that says nothing', () => {
    const results = searches('sim-critic-silent');
    report('silent', results);
    for (const { bestVal, seedVal, bestTest, seedTest } of results) {
      expect([bestVal, bestTest]).toEqual([seedVal, seedTest]);
    }
  });
});
