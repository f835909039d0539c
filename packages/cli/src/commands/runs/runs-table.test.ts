import type { RunSummary } from '@agentlightning/trainer/runs';
import { describe, expect, it } from 'vitest';
import { runsTable } from './runs-table.ts';

const run = (fields: Partial<RunSummary>): RunSummary => ({
  runId: 'run-1',
  directory: `${process.cwd()}/runs/run-1`,
  status: 'completed',
  pid: null,
  algorithm: 'APO',
  label: null,
  startTime: new Date(2026, 0, 12, 14, 30).getTime() / 1000,
  bestScore: 0.85,
  bestVersion: 'v17',
  rollouts: 1376,
  spend: {
    rollouts: 1376,
    modelCalls: { algorithm: 101, agent: 2752 },
    tokens: { prompt: 1_000_000, completion: 575_773 },
    usd: 1.5,
    unpricedModels: [],
    minutes: 1,
    callsWithoutTokens: 0,
  },
  budget: null,
  stopReason: 'completed',
  ...fields,
});

describe('runsTable()', () => {
  it('has what a run came to and what it took, numbers below each other, and what its score is of', () => {
    const runs = [
      run({ label: 'simulated models' }),
      run({ bestScore: null, rollouts: null, spend: null, algorithm: null }),
    ];
    expect(runsTable(runs, Infinity)).toBe(
      [
        'STARTED           STATUS     ALGORITHM  ROLLOUTS  CALLS     TOKENS   USD  BEST                           DIRECTORY',
        '2026-01-12 14:30  completed  APO           1,376  2,853  1,575,773  1.50  0.850 (v17, simulated models)  runs/run-1',
        '2026-01-12 14:30  completed  –                 –      –          –     –  –                              runs/run-1',
        '',
      ].join('\n'),
    );
  });

  it('leaves out what can be done without on a narrow terminal, but never status, score and directory', () => {
    const titles = (width: number) =>
      runsTable([run({})], width)
        .split('\n')[0]!
        .split(/ +/);
    expect(titles(75)).toEqual(['STARTED', 'STATUS', 'ROLLOUTS', 'USD', 'BEST', 'DIRECTORY']);
    expect(titles(50)).toEqual(['STATUS', 'BEST', 'DIRECTORY']);
    expect(titles(10)).toEqual(['STATUS', 'BEST', 'DIRECTORY']);
  });
});
