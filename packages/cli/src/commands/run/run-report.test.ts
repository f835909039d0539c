import { PromptTemplate } from '@agentlightning/core';
import type { FitResult } from '@agentlightning/trainer/config';
import { describe, expect, it } from 'vitest';
import { runReport } from './run-report.ts';

const report = (run: Partial<FitResult<unknown>>) =>
  runReport({
    run: {
      result: { mean: 0.5 },
      runDirectory: null,
      stopReason: 'completed',
      counts: { rollouts: { succeeded: 3, failed: 1 } },
      timings: { wallSeconds: 1.5 },
      warnings: [],
      ...run,
    } as unknown as FitResult<unknown>,
    initialResources: { prompt: new PromptTemplate({ template: 'Hi' }) },
    bestCandidate: undefined,
    label: undefined,
    commands: ['export', 'ui'],
    context: { stdout: { write: () => {} }, env: {} },
  });

describe('runReport()', () => {
  it('shows what an algorithm that looks for no prompt has found', () => {
    expect(report({ warnings: ['look here'] })).toBe(
      'Result\n  {\n    "mean": 0.5\n  }\n\n4 rollouts (1 failed) in 1.5 s · stopped because: completed\nwarning: look here\n',
    );
  });

  it('offers what can be done with a directory, and no prompt that is not there', () => {
    const text = report({ runDirectory: '/not there/run' });
    expect(text).toMatch(/\n {2}agl ui '[^']*not there\/run' {3}the search, in a browser\n$/);
    expect(text).not.toContain('agl export');
  });

  it('says of a process that has worked for others where it is told what came of it', () => {
    expect(report({ stopReason: 'run-ended' })).toMatch(/^The run that was served has ended\./);
  });
});
