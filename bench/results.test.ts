import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSameMachine, mergeResults, type Results, readResults, thisMachine, writeResults } from './results.ts';

const line = (bench: string, ratio: number) => ({ bench, ratio, gate: 2, goal: 1, ratios: [ratio] });

describe('results', () => {
  it('survive a file, and name no machine', () => {
    const directory = mkdtempSync(join(tmpdir(), 'agl-results-'));
    try {
      const path = join(directory, 'new', 'results.json');
      expect(readResults(path)).toBeUndefined();
      const results: Results = { machine: thisMachine(), lines: [line('a', 1), line('b', 2)] };
      writeResults(path, results);
      expect(readResults(path)).toEqual(results);
      expect(JSON.stringify(results)).not.toContain(hostname());
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('keep what another benchmark measured', () => {
    const results: Results = { machine: thisMachine(), lines: [line('a', 1), line('b', 2), line('a', 3)] };
    expect(mergeResults(results, 'a', [line('a', 4)]).lines).toEqual([line('b', 2), line('a', 4)]);
  });

  it('of one machine are told from those of another', () => {
    const machine = thisMachine();
    expect(isSameMachine(machine, { ...machine })).toBe(true);
    expect(isSameMachine(machine, { ...machine, node: 'v0.0.0' })).toBe(false);
  });
});
