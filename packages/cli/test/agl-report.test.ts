import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeStore, SqliteLightningStore } from '@agentlightning/store-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findChromium } from '../../../scripts/chromium.ts';
import { main } from '../src/main.ts';
import { htmlReport } from '../src/report/html-report.ts';
import { markdownReport } from '../src/report/markdown-report.ts';
import { recordingContext } from '../src/test-data/recording-context.ts';
import { detailsOf, searchEvents, viewOf } from '../src/test-data/report-events.ts';
import { openFromDisk } from './chromium.ts';
import { hostileTexts } from './hostile-texts.ts';
import { emptyFolder } from './running-agl.ts';

/** A folder as a search leaves it, with a store that has one of its tasks. */
async function runFolder(): Promise<string> {
  const folder = emptyFolder();
  const path = join(folder, 'store.db');
  makeStore(path);
  const store = await SqliteLightningStore.open({ path });
  await store.enqueueRollout({ input: { date: '2026-01-12' }, rolloutId: 'd-0' });
  await store.close();
  const command = { script: join(folder, 'train.ts'), arguments: [], directory: folder, node_version: '24.0.0' };
  const dataset = { rows: 4, hash: 'abcdef0123456789'.repeat(4) };
  const fingerprint = { algorithm: 'APO', seed: 3, version: '0.1.0', test_dataset: dataset };
  const header = { format: 1, run_id: 'run-1', start_time: 1_768_228_252, command, fingerprint, forced: [] };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(header));
  const lines = searchEvents().map((event, index) => JSON.stringify({ time: 1_768_228_252 + index, ...event }));
  // The last line is half written, as of a process that was killed.
  writeFileSync(join(folder, 'journal.jsonl'), `${lines.join('\n')}\n{"time":17682`);
  writeFileSync(
    join(folder, 'result.json'),
    JSON.stringify({ stopReason: 'completed', warnings: ['told in the result'] }),
  );
  return folder;
}

async function agl(...args: string[]) {
  const { context, said } = recordingContext();
  return { code: await main(args, context), ...said };
}

describe('agl report', () => {
  it('writes a page and Markdown beside the run, for its user alone, and says where', async () => {
    const run = await runFolder();
    const { code, stdout } = await agl('report', run);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'prompt, optimised by APO (completed)',
      `  ${join(run, 'report.html')}   one page that loads nothing, to be sent as it is`,
      `  ${join(run, 'report.md')}     a summary, for a pull request`,
      `To look at: ${pathToFileURL(join(run, 'report.html')).href}`,
      'It has prompts, critiques and tasks in it: send it to those who may read them',
      '',
    ]);
    const page = readFileSync(join(run, 'report.html'), 'utf8');
    expect(page).toContain('No significant gain');
    expect(page).toContain('date: 2026-01-12');
    expect(page).toContain('told in the result');
    expect(page).toContain('abcdef0123456789');
    expect(readFileSync(join(run, 'report.md'), 'utf8')).toContain('```diff\n');
    expect(statSync(join(run, 'report.html')).mode & 0o777).toBe(0o600);
    // Once more: it is written anew.
    expect((await agl('report', run)).code).toBe(0);
  });

  it('takes the newest run, or one by its name, below the directory of runs', async () => {
    const run = await runFolder();
    const { context, said } = recordingContext({ AGL_RUNS_DIRECTORY: dirname(run) });
    expect(await main(['report', basename(run), '--format', 'md'], context)).toBe(0);
    expect(said.stdout).toContain(`\n  ${join(run, 'report.md')}   a summary, for a pull request\n`);
    expect(said.stdout).not.toContain('To look at');
  });

  it('says how a run that is not at its end goes on', async () => {
    const run = await runFolder();
    rmSync(join(run, 'result.json'));
    expect((await agl('report', run)).stdout).toMatch(/^The run can go on: (?:\S+ )*agl resume \S+$/m);
  });

  it('writes one format where it is asked to', async () => {
    const run = await runFolder();
    const out = join(emptyFolder(), 'new', 'search.html');
    expect(await agl('report', run, '--format', 'html', '--out', out, '--json')).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify({ html: out })}\n`,
    });
    const folder = emptyFolder();
    expect((await agl('report', run, '--format', 'md', '--out', folder)).code).toBe(0);
    expect([existsSync(join(folder, 'report.md')), existsSync(join(folder, 'report.html'))]).toEqual([true, false]);
  });

  it('says what it cannot do', async () => {
    const run = await runFolder();
    const both = await agl('report', run, '--out', 'one.html');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("'--out' is")]);
    const none = await agl('report', emptyFolder());
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('There is no run in')]);
    const file = await agl('report', run, '--format', 'md', '--out', join(run, 'run.json', 'x.md'));
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('Cannot write')]);
  });
});

/** A report with hostile texts in every field, one after the other, so that no field has the same one all the time. */
function hostileReport(texts: readonly string[]) {
  let next = 0;
  const text = () => texts[next++ % texts.length]!;
  const events = Array.from({ length: 8 }, () => searchEvents(text)).flat();
  const view = { ...viewOf(events), failure: text(), algorithm: text(), runId: text() };
  const many = () => Array.from({ length: 12 }, text);
  const details = detailsOf({
    runId: text(),
    algorithm: text(),
    label: text(),
    status: 'broken-off',
    version: text(),
    datasetHashes: { train: text(), val: text(), test: text() },
    initialResources: { prompt: text(), [text()]: text() },
    command: { script: text(), arguments: many(), directory: text(), nodeVersion: text() },
    forced: [{ time: 1, differences: many() }],
    spend: { ...detailsOf().spend!, unpricedModels: many() },
    result: { warnings: many() },
  });
  const inputs = new Map<string, unknown>(
    view.evaluations.flatMap(({ results }) =>
      (results ?? []).flatMap(({ rolloutIds }) =>
        rolloutIds.map((id) => [id, { [text()]: text(), list: many() }] as const),
      ),
    ),
  );
  const data = { details, view, inputs, madeAt: 0 };
  return { page: htmlReport(data), markdown: markdownReport(data) };
}

describe('hostile texts in every field of a report', () => {
  const chromium = findChromium();

  it.skipIf(chromium === undefined)(
    'are text when it is opened from disk: no script runs, nothing is asked for, the policy has nothing to refuse',
    async () => {
      const asked: string[] = [];
      const server = createServer((request, response) => {
        asked.push(request.url!);
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const texts = hostileTexts(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(texts).toHaveLength(100);
      const folder = emptyFolder();
      const path = join(folder, 'report.html');
      writeFileSync(path, hostileReport(texts).page);
      const { html, log } = await openFromDisk(chromium!, path);
      expect(html).not.toContain('data-hacked');
      expect(log).toEqual([]);
      expect(asked).toEqual([]);
      const elements = new Set([...html.matchAll(/<([a-z][\w-]*)/g)].map(([, name]) => name));
      for (const name of ['script', 'img', 'iframe', 'object', 'embed', 'link', 'form', 'a', 'base', 'use', 'video']) {
        expect(elements, name).not.toContain(name);
      }
      expect(html.match(/<style>/g)).toHaveLength(1);
      // It was read to its end.
      expect(html).toContain('from the events of the run.');
      expect(html).toContain('\\x1b[2J');
    },
  );

  it('are code in Markdown: no markup, no link, no name, no table that breaks', () => {
    const { markdown } = hostileReport(hostileTexts('http://127.0.0.1:1'));
    let fence = '';
    const outside: string[] = [];
    for (const line of markdown.split('\n')) {
      const [, ticks = '', rest = ''] = /^(`{3,})([^`]*)$/.exec(line) ?? [];
      if (fence !== '') {
        if (ticks === fence && rest === '') fence = '';
      } else if (ticks !== '') fence = ticks;
      else outside.push(line.replace(/(?<!`)(`+)(?!`)(?:.*?[^`])??\1(?!`)/g, 'code'));
    }
    expect(fence).toBe('');
    const text = outside.join('\n');
    expect(text).not.toMatch(/<[a-z/!]|@everybody|https?:\/\/|www\.|!\[|\]\(|\p{Cc}(?<!\n)/u);
    for (const row of outside.filter((line) => line.startsWith('|'))) expect(row.match(/\|/g)).toHaveLength(4);
  });
});
