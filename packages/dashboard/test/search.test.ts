// The page in a real Chromium, over a real search while it runs.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluationWords, type JournalEntry } from '@agentlightning/core/run';
import { freePort } from '@agentlightning/core/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, startBrowser } from '../../../scripts/chromium.ts';
import { openPage, SOON } from './browser.ts';
import { servePage, startSearch, TOKEN } from './page-processes.ts';

const chromium = findChromium();

describe.skipIf(chromium === undefined)('the page of a search', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(chromium!);
  });
  afterAll(() => browser.close());

  it('shows a run while it runs, outlives its server, and sees it to its verdict', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agl-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const directory = join(folder, 'run');
    const search = startSearch(directory);
    const stops = once(search.stdout!, 'data');
    await expect.poll(() => existsSync(join(directory, 'journal.jsonl')), { timeout: 60_000 }).toBe(true);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    let server = await servePage(directory, port);
    const { page, problems } = await openPage(browser, { url, token: TOKEN });
    expect(page.url()).not.toContain(TOKEN);

    // In its second round the run stands still, to be looked at.
    const child = page.getByRole('treeitem', { name: /child of v0, round 1; in the beam/ }).first();
    await stops;
    await child.waitFor({ timeout: 60_000 });
    const version = (await child.getAttribute('title'))!.split(';')[0]!;
    await page.getByText('running', { exact: true }).waitFor();
    await page.getByText('simulated models').first().waitFor();

    // By keys to the candidate, and by its address to what changed.
    await page.getByRole('treeitem', { name: /^v0;/ }).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url(), SOON).toMatch(/#\/search\/v\d+$/);
    await page.goto(`${url}/#/search/${version}`);
    const details = page.getByRole('region', { name: version, exact: true });
    await details.getByRole('tab', { name: 'Diff to v0', selected: true }).waitFor();
    expect(await details.locator('ins').count()).toBeGreaterThan(0);
    await details.getByText('What the critic said of v0').waitFor();
    expect(await details.getByRole('link', { name: 'its rollouts' }).getAttribute('href')).toMatch(
      /^#\/rollouts\?resources_id=rs-/,
    );

    // The server is killed, and comes back at the same address; the run goes on meanwhile.
    const known = await page.getByRole('treeitem').count();
    server.kill('SIGKILL');
    await page.getByRole('alert').getByText('The server is gone').waitFor();
    expect(await page.getByRole('treeitem').count()).toBe(known);
    const ended = once(search, 'exit');
    search.kill('SIGCONT');
    server = await servePage(directory, port);
    await page.getByRole('alert').getByText('The server is gone').waitFor({ state: 'detached' });

    const verdict = page.getByRole('region', { name: 'Verdict' });
    await verdict.getByText(/on tasks that the search never saw/).waitFor({ timeout: 60_000 });
    await verdict.getByText(/better · = \d+ same · − \d+ worse/).waitFor();
    await page.getByText('completed', { exact: true }).first().waitFor();
    expect(await ended).toEqual([0, null]);

    // What is named by a path inside is told in words.
    const evaluations = readFileSync(join(directory, 'journal.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry)
      .filter((entry) => entry.type === 'evaluation-started');
    expect(evaluations.filter((entry) => evaluationWords(entry, []) === entry.key)).toEqual([]);
    await page.goto(`${url}/#/rollouts`);
    const options = page.getByLabel('Evaluation').locator('option');
    await expect.poll(() => options.allInnerTexts(), SOON).toContain(`round 1, scoring ${version} on a sample`);
    // Nobody is missed who has done his work.
    await page.goto(`${url}/#/workers`);
    await page.getByText(/workers? took part/).waitFor();
    expect(await page.getByRole('main').innerText()).not.toMatch(/silent|\bago\b/);

    // What was told before the break and behind it is told once.
    await page.goto(`${url}/#/run`);
    const told = page.getByText(/^\d+ events of [\d,]+ events$/);
    const before = /^\d+/.exec((await told.textContent())!)![0];
    await page.reload();
    await page.getByText(new RegExp(`^${before} events of`)).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download best_prompt.json' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('best_prompt.json');
    expect(problems.list).toEqual([]);
    // Its parts take as long as they take on a machine that does much else.
  }, 120_000);
});
