import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Bench } from './bench.ts';
import { BENCHES } from './benches.ts';
import { PERFORMANCE_DOCUMENT, withFigures } from './performance-document.ts';
import { RECORDED_RESULTS, type Results, readResults, thisMachine } from './results.ts';

const bench: Bench = {
  name: 'some-bench',
  claim: 'It is fast',
  measure: 'this ÷ that',
  wanted: 'at most',
  async *run() {},
};
const machine = { ...thisMachine(), cpu: 'Some processor', cores: 2 };
const place = 'Before\n\n<!-- figures: written by `pnpm bench --record` -->\nold\n<!-- end of figures -->\nafter\n';

describe('docs/performance.md', () => {
  it('shows the figures of bench/results/recorded.json', () => {
    const text = readFileSync(PERFORMANCE_DOCUMENT, 'utf8');
    const recorded = readResults(RECORDED_RESULTS);
    expect(recorded).toBeDefined();
    expect(withFigures(text, BENCHES, recorded!)).toBe(text);
  });
});

describe('withFigures()', () => {
  it('has a row for each line of each benchmark, with its least and greatest round', () => {
    const line = { bench: 'some-bench', ratio: 1.23456, gate: 2, goal: 1.5, ratios: [1.1, 1.23456, 1.4] };
    const results: Results = {
      machine,
      lines: [
        { ...line, setting: 'small', jitter: 0.012 },
        { ...line, ratios: [1.23456] },
      ],
    };
    const text = withFigures(place, [bench], results);
    expect(text).toContain(
      '| `some-bench`, small | It is fast | this ÷ that | ≤ 2 | 1.5 | 1.23 (1.1–1.4) | `pnpm bench some-bench` |',
    );
    expect(text).toContain('| `some-bench` | It is fast | this ÷ that | ≤ 2 | 1.5 | 1.23 | `pnpm bench some-bench` |');
    expect(text).toContain('2 cores of Some processor');
    expect(text).toContain('lost at most 1.2 to 1.2 % of its time');
    expect(text).not.toContain('old');
    expect(withFigures(text, [bench], results)).toBe(text);
  });

  it('says which rows were not measured', () => {
    expect(withFigures(place, [bench], { machine, lines: [] })).toContain('not on this machine');
  });
});
