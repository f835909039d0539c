import { join } from 'node:path';
import { PromptTemplate } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { NO_SPEND } from '../budget/spend-rows.ts';
import type { FitResult } from '../fit-result.ts';
import { formatRunSummary, type SummarisedResult } from './run-summary.ts';

const seedPrompt = new PromptTemplate({ template: 'Find a room on {date}', engine: 'f-string' });
const bestPrompt = new PromptTemplate({ template: 'Find a free room on {date}', engine: 'f-string' });
const score = { n: 80, failed: 0, withoutReward: 0, unfinished: 0 };

const run: FitResult<SummarisedResult> = {
  result: { bestPrompt, bestScore: 0.9, bestVersion: 'v7' },
  runDirectory: null,
  runId: 'run-1',
  label: 'simulated models',
  seed: 3,
  stopReason: 'completed',
  counts: {
    rollouts: { queued: 0, running: 0, succeeded: 1180, failed: 4, cancelled: 0, retried: 0 },
    modelCalls: { algorithm: 96, agent: 2368 },
    tokens: { prompt: 400_000, completion: 20_000 },
  },
  runners: { where: '8 in 2 shared threads', lost: 0, givenBack: 0, causes: [] },
  limits: { timeoutSeconds: 900, unresponsiveSeconds: 60, maxAttempts: 3, retryCondition: ['timeout', 'unresponsive'] },
  spend: {
    ...NO_SPEND,
    rollouts: 1184,
    modelCalls: { algorithm: 96, agent: 2368 },
    tokens: { prompt: 450_000, completion: 30_000 },
  },
  budget: null,
  timings: { startTime: 0, endTime: 75, wallSeconds: 75, split: null },
  heldOut: {
    initial: { ...score, mean: 0.4, interval: [0.3, 0.5] },
    best: { ...score, mean: 0.85, interval: [0.75, 0.92] },
    difference: { mean: 0.45, interval: [0.3, 0.6], pValue: 1e-9, wins: 38, losses: 2, ties: 40, tasksNeeded: 11 },
    verdict: 'better',
  },
  findings: [],
  warnings: ['4 of 1184 rollouts failed'],
};

describe('formatRunSummary()', () => {
  it('shows what changed, the scores with their interval and label, and what was spent', () => {
    const text = formatRunSummary(run, { seedPrompt, seedScore: 0.41 });
    expect(text).toContain('Seed prompt → best prompt v7');
    expect(text).toContain('Find a {+free +}room on {date}');
    expect(text).toContain(
      [
        'Scores (simulated models)',
        '              seed (95 %)            best (95 %)            tasks',
        '  validation  0.410                  0.900                  –      likely too high: the search chose by it',
        '  held-out    0.400 (0.300 – 0.500)  0.850 (0.750 – 0.920)  80     the search never saw these tasks',
        '              better: +0.450 (95 % +0.300 – +0.600, p < 0.001; 38 up, 2 down, 40 same)',
        '',
      ].join('\n'),
    );
    expect(text).toMatch(/rollouts +1,184 \(4 failed\)/);
    expect(text).toMatch(/model calls +96 by the optimiser · 2,368 by the agents · 480,000 tokens in all/);
    expect(text).toContain('stopped because: completed · seed 3');
    expect(text).toContain('4 of 1184 rollouts failed');
  });

  it('never says improved when the interval holds 0', () => {
    const heldOut = {
      ...run.heldOut!,
      difference: {
        mean: 0.02,
        interval: [-0.05, 0.09] as const,
        pValue: 0.69,
        wins: 4,
        losses: 2,
        ties: 74,
        tasksNeeded: 1960,
      },
      verdict: 'not-distinguishable' as const,
    };
    const text = formatRunSummary({ ...run, heldOut }, { seedPrompt });
    expect(text).toContain(
      'no significant gain: +0.020 (95 % −0.050 – +0.090, p = 0.69; 4 up, 2 down, 74 same); about 1,960 tasks would tell',
    );
    expect(text).not.toContain('better');
  });

  it('takes the scores of both prompts from a history like that of APO', () => {
    const at = (version: string, scored: number) => ({
      validation: { version, result: { score: scored, interval: [scored - 0.1, scored + 0.05], tasks: 90 } },
    });
    const history = [at('v0', 0.4), at('v3', 0.5), at('v7', 0.9), { validation: null }];
    const text = formatRunSummary({ ...run, result: { ...run.result, history } }, { seedPrompt });
    expect(text).toMatch(/validation +0\.400 \(0\.300 – 0\.450\) +0\.900 \(0\.800 – 0\.950\) +90 +likely too high/);
    for (const other of [undefined, 'none', [1, { validation: 'no' }]]) {
      const strange = formatRunSummary({ ...run, result: { ...run.result, history: other } }, { seedPrompt });
      expect(strange).toMatch(/validation +none +0\.900 +– +likely too high/);
    }
  });

  it('tells findings once, where the time went, and what would have to be faster', () => {
    const message = 'All prompts score alike';
    const finding = { code: 'prompts-make-no-difference' as const, message, details: {} };
    const split = {
      wall: 100,
      waitingForSlot: 60,
      agentModels: 30,
      agentCode: 10,
      agentUnknown: 0,
      optimizer: 0,
      framework: 0,
      bottleneck: 'More runners would help',
    };
    const text = formatRunSummary(
      { ...run, findings: [finding], warnings: [message], timings: { ...run.timings, split } },
      { seedPrompt },
    );
    expect(text.match(/All prompts score alike/g)).toHaveLength(1);
    expect(text).toMatch(/finding +All prompts score alike\n/);
    expect(text).toContain("waiting for a slot 60 % · agents' models 30 % · agents' code 10 %\n");
    expect(text).toContain('  More runners would help\n');
  });

  it('writes out what would move the cursor', () => {
    const result = {
      ...run.result,
      bestPrompt: new PromptTemplate({ template: 'Find\x1b[2J it', engine: 'f-string' }),
    };
    const text = formatRunSummary({ ...run, result, warnings: ['bell\x07'] }, { seedPrompt });
    expect(text).toContain('\\x1b[2J');
    expect(text).toContain('bell\\x07');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('says so when the seed prompt is the best', () => {
    const result = { bestPrompt: seedPrompt, bestScore: 0.4, bestVersion: 'v0' };
    expect(formatRunSummary({ ...run, result, heldOut: null }, { seedPrompt })).toContain(
      'The best prompt is the seed prompt',
    );
  });

  it('says so when nothing was scored', () => {
    const result = { bestPrompt: seedPrompt, bestScore: null, bestVersion: null };
    const text = formatRunSummary({ ...run, result, heldOut: null }, { seedPrompt });
    expect(text).toContain('No prompt was scored');
    expect(text).not.toContain('likely too high');
    const kept = formatRunSummary({ ...run, result, heldOut: null, runDirectory: '/runs/1' }, { seedPrompt });
    expect(kept).toContain('agl report');
    expect(kept).not.toContain('agl export');
  });

  it('says where the run is kept, and how to go on with what is left of it', () => {
    const kept = { ...run, runDirectory: join(process.cwd(), 'runs', 'run-1') };
    expect(formatRunSummary(kept, { seedPrompt })).toMatch(/kept in +runs\/run-1\n/);
    const counts = { ...run.counts, rollouts: { ...run.counts.rollouts, queued: 12 } };
    const text = formatRunSummary({ ...kept, counts, stopReason: 'interrupted' }, { seedPrompt });
    expect(text).toMatch(/rollouts +1,184 \(4 failed\) · 12 left\n/);
    expect(text).toContain('runs/run-1 · go on with: npx agl resume runs/run-1');
    const alone = formatRunSummary({ ...kept, counts, stopReason: 'interrupted' }, { seedPrompt, agl: null });
    expect(alone).toMatch(/kept in +runs\/run-1\n/);
    expect(alone).not.toContain('agl ');
    expect(text).toMatch(
      /next +npx agl ui +runs\/run-1 .*\n +npx agl report runs\/run-1 .*\n +npx agl export runs\/run-1 /,
    );
    expect(formatRunSummary(kept, { seedPrompt, agl: null })).not.toContain('agl ui');
    expect(formatRunSummary(run, { seedPrompt })).not.toMatch(/kept in|agl ui/);
  });

  it('says where the agents ran, and how long each might take', () => {
    const text = formatRunSummary(run, { seedPrompt });
    expect(text).toMatch(/runners +8 in 2 shared threads\n/);
    expect(text).toMatch(/limits +900 s an attempt · 60 s of silence · 3 attempts, after timeout, unresponsive\n/);
    const limits = { timeoutSeconds: null, unresponsiveSeconds: null, maxAttempts: 1, retryCondition: [] };
    const unlimited = formatRunSummary({ ...run, limits, runners: null }, { seedPrompt });
    expect(unlimited).toMatch(/limits +no time limit · runners may be silent · 1 attempt\n/);
    expect(unlimited).not.toContain('  runners');
  });

  it('says how many runners were lost, and why', () => {
    const causes = ['it stood still', 'out of memory', 'SIGSEGV', 'exit 3', 'exit 4'].map((cause, index) => ({
      cause,
      count: index === 0 ? 12 : 1,
    }));
    const runners = { where: '4 in a process each', lost: 16, givenBack: 7, causes };
    expect(formatRunSummary({ ...run, runners }, { seedPrompt })).toContain(
      '4 in a process each · 16 lost and replaced: it stood still (12 ×); out of memory; SIGSEGV; 2 other causes · 7 attempts of others tried again at no cost\n',
    );
  });

  it('says what it cost, of what budget, and how to go on with more', () => {
    const spend = { ...run.spend, rollouts: 87, usd: 0.4219, unpricedModels: ['gpt-x'] };
    const limits = { usd: 5, rollouts: 100 };
    const text = formatRunSummary({ ...run, spend, budget: { limits, reached: null } }, { seedPrompt });
    expect(text).toMatch(/cost +\$0\.42 by the prices given, without gpt-x: no price\n/);
    expect(text).toMatch(/budget +\$0\.42 of \$5\.00 · rollouts 87 of 100\n/);
    expect(text).not.toContain('agl resume');
    const reached = { limit: 'rollouts', cap: 100, spent: 87, wanted: 29, message: '' } as const;
    const stopped = { ...run, stopReason: 'budget', runDirectory: join(process.cwd(), 'runs', 'run-1') } as const;
    expect(formatRunSummary({ ...stopped, budget: { limits, reached } }, { seedPrompt })).toContain(
      'runs/run-1 · go on with: npx agl resume runs/run-1 --budget-rollouts N, more than 100\n',
    );
    expect(formatRunSummary(run, { seedPrompt })).not.toMatch(/cost|budget/);
  });

  it('marks removed and added words with colours on a terminal', () => {
    const text = formatRunSummary(run, { seedPrompt, colors: true });
    expect(text).toContain('\x1b[32mfree \x1b[0m');
  });
});
