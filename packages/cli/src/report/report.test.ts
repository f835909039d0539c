import type { RunDetails, RunEvent } from '@agentlightning/core/run';
import { describe, expect, it } from 'vitest';
import { detailsOf, searchEvents, started, viewOf } from '../test-data/report-events.ts';
import { htmlReport } from './html-report.ts';
import { markdownReport } from './markdown-report.ts';

function reportsOf(events: readonly RunEvent[], details: Partial<RunDetails> = {}) {
  const data = {
    details: detailsOf(details),
    view: viewOf(events),
    inputs: new Map<string, unknown>([['d-0', { date: '2026-01-12', attendees: 4 }]]),
    madeAt: 1_768_230_000,
  };
  const page = htmlReport(data);
  return {
    html: page,
    text: page.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/\s+/g, ' '),
    md: markdownReport(data),
  };
}

const search = searchEvents();

describe('a report', () => {
  it('says what came out and what it rests on, with n and interval beside every score', () => {
    const { text, md } = reportsOf(search);
    expect(text).toContain(
      'No significant gain +0.500 (95 % −0.500 – +1.000, p = 0.63; 3 up, 1 down, 0 same); about 30 tasks would tell',
    );
    expect(text).toContain('held-out tasks that the search never saw');
    expect(text).toContain('held-out 0.250 (0.150 – 0.350) n 4 0.750 (0.650 – 0.850) n 4 never seen by the search');
    expect(text).toContain('validation 0.375 (0.100 – 0.600) n 4 0.500 (0.200 – 0.800) n 4 1 failed likely too high');
    expect(text.match(/4 tasks are too few to tell/g)).toHaveLength(1);
    expect(text).toContain('simulated models');
    expect(md).toContain(
      '**no significant gain: +0.500 (95 % −0.500 – +1.000, p = 0.63; 3 up, 1 down, 0 same); about 30 tasks would tell a difference of this size**',
    );
    expect(md).toContain(
      '| held-out, never seen by the search | 0.250 (95 % 0.150 – 0.350), n 4 | 0.750 (95 % 0.650 – 0.850), n 4 |',
    );
    expect(md).toContain('`simulated models`');
  });

  it('says in its title what was optimised, by what, and when', () => {
    const { html, text, md } = reportsOf(search);
    expect(html).toContain('<title>RoomSelector’s prompt, optimised by APO · 2026-01-12</title>');
    expect(text).toMatch(
      /^ *RoomSelector’s prompt, optimised by APO · 2026-01-12 +RoomSelector’s prompt, optimised by APO /,
    );
    expect(text).toContain('2026-01-12 14:30 UTC · completed · run-1');
    expect(md).toMatch(
      /^## `RoomSelector`’s `prompt`, optimised by `APO` · `simulated models`\n\n2026-01-12 14:30 UTC, run `run-1`\n\n/,
    );
  });

  it.each<[string, Partial<RunDetails>, readonly RunEvent[], string]>([
    ['an agent without a name', { agent: null }, search, 'prompt, optimised by APO'],
    [
      'an algorithm that looks for no prompt',
      { algorithm: 'Baseline' },
      search.slice(0, 4),
      'RoomSelector’s prompt, scored by Baseline',
    ],
    ['a run without prompts', { initialResources: {} }, [started()], 'RoomSelector, scored by APO'],
    ['nothing that is known', { agent: null, algorithm: null, initialResources: {} }, [started()], 'A run'],
  ])('has a title for %s', (_, details, events, title) => {
    expect(reportsOf(events, details).html).toContain(`<h1>${title} <`);
  });

  it('shows the change of the prompt, and how it came about', () => {
    const { html, text, md } = reportsOf(search);
    expect(html).toContain('Find a <ins>free </ins>room on {date}.<ins> Be exact.</ins>');
    expect(text).toMatch(
      /v0 → v1 round 1 · 1\.000 \(0\.300 – 1\.000\), 2 sampled tasks What the critic found wanting in v0 It is not exact/,
    );
    expect(text).toContain('Made with a general critique, then a rewrite');
    expect(text).toContain('3 candidates, 2 of 2 rounds, 1 proposal dropped');
    expect(md).toContain('```diff\n-Find a room on {date}.\n+Find a free room on {date}. Be exact.\n```');
  });

  it('shows tasks, cost, time, failures, and how to reproduce it, without paths of the machine', () => {
    const { html, text, md } = reportsOf(search);
    expect(text).toContain('Of 4, v2 did better than v0 on 3 , worse on 1 , the same on 0');
    expect(text).toContain('date: 2026-01-12 · attendees: 4');
    expect(text).toContain('18 done, 1 failed, 2 retried');
    expect(text).toContain('$0.42 by the prices given');
    expect(text).toContain('Budget $5.00');
    expect(text).toContain('waiting for a slot 60 %');
    expect(text).toContain('More runners would help.');
    expect(text).toContain('node train.ts --quick');
    expect(text).toContain('train: 8 tasks, aaaaaaaaaaaaaaaa');
    expect(md).toContain('reproduce: `node train.ts --quick`');
    expect(html).not.toContain('/home/me');
    expect(md).not.toContain('/home/me');
  });

  it('needs nothing and runs nothing', () => {
    const { html } = reportsOf(search);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`);
    expect(html).not.toMatch(/<(script|link|img|iframe|a|form|object)\b|(?:src|href)=|url\(|@import/);
  });

  it.each<[string, Partial<RunDetails>, readonly RunEvent[], RegExp]>([
    ['running', { status: 'running' }, search.slice(0, 12), /Running\. The run is going on/],
    ['interrupted', { status: 'interrupted' }, search.slice(0, 12), /Interrupted\. The run was stopped/],
    ['out of budget', { status: 'budget' }, search.slice(0, 12), /Stopped by its budget\./],
    ['broken off', { status: 'broken-off' }, search.slice(0, 12), /Broken off\. The process of the run ended/],
    [
      'failed',
      { status: 'broken-off' },
      [...search.slice(0, 12), { type: 'run-failed', error: 'no model' }],
      /Failed\. The run failed: no model/,
    ],
  ])('of a run that is %s says so', (_name, details, events, expected) => {
    const { text, md } = reportsOf(events, details);
    expect(text).toMatch(expected);
    expect(text).toMatch(/No verdict the best so far scored 0\.375/);
    expect(text).toContain('The held-out tasks have not been read yet');
    expect(md).toMatch(/^\*\*[a-z ]+\*\*: /m);
  });

  it('says of a run without held-out tasks that nobody knows', () => {
    const { text } = reportsOf(
      search.filter(({ type }) => type !== 'held-out'),
      { datasets: { train: 8, val: 4, test: null } },
    );
    expect(text).toContain('No verdict the best scored 0.500, began at 0.375');
    expect(text).toContain('There were no held-out tasks');
  });

  it('of an algorithm that looks for nothing shows what it evaluated', () => {
    const baseline = [started({ algorithm: 'Baseline' }), search.find(({ type }) => type === 'evaluation-ended')!];
    const { text, md } = reportsOf(baseline, { algorithm: 'Baseline', bestScore: null, bestVersion: null, seed: null });
    expect(text).toContain('This run chose no best candidate');
    expect(text).toMatch(/Evaluations .* e0 val 0\.375 0\.275 – 0\.475 4 0/);
    expect(md).toContain('this run chose no best candidate');
    const command = {
      script: '/lib/agl.js',
      arguments: ['run', '/home/me/x/agl.config.ts'],
      directory: '/home/me/x',
      nodeVersion: '24',
    };
    expect(reportsOf(baseline, { command }).text).toContain('Command agl run agl.config.ts ');
  });

  it('of a run that nothing is known of is one all the same', () => {
    const { text, md } = reportsOf([], {
      spend: null,
      budget: null,
      label: null,
      algorithm: null,
      command: { script: null, arguments: [], directory: '/', nodeVersion: '24' },
    });
    expect(text).toContain('This run chose no best candidate Nothing has been evaluated');
    expect(reportsOf([started()], { status: 'interrupted' }).text).toContain('No candidate has been scored yet');
    expect(md).not.toContain('undefined');
    expect(text).not.toMatch(/undefined|NaN|null/);
  });
});
