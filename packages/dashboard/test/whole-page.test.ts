// What holds of the whole page: it can be used by everybody, nothing jumps, and it keeps up.
import type { JournalEntry } from '@agentlightning/core/run';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, startBrowser } from '../../../scripts/chromium.ts';
import { expectAccessible, isWholeBrowserTest, openPage, SOON } from './browser.ts';
import { TOKEN } from './page-processes.ts';
import { endingEvents, searchEvents } from './search-events.ts';
import { serveNoRun, ToldRun } from './told-run.ts';

const chromium = findChromium();
const VIEWS = ['search', 'run'] as const;

describe.skipIf(chromium === undefined || !isWholeBrowserTest)('the views of a search', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(chromium!);
  });
  afterAll(() => browser.close());

  it.each(['light', 'dark'] as const)(
    'have no serious fault for those who hear or cannot point, %s',
    async (colorScheme) => {
      const run = new ToldRun();
      run.tell(...searchEvents(), ...endingEvents());
      const url = await run.serve();
      for (const width of [1280, 390]) {
        const { page, problems } = await openPage(browser, {
          url,
          token: TOKEN,
          colorScheme,
          viewport: { width, height: 800 },
        });
        for (const view of VIEWS) {
          await page.goto(`${url}/#/${view}`);
          await page.getByRole('heading', { level: 1, name: new RegExp(view, 'i') }).waitFor();
          await expectAccessible(page);
        }
        expect(problems.list).toEqual([]);
        await page.context().close();
      }
    },
  );

  it('can be used with keys alone', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents({ rounds: 3 }), ...endingEvents());
    const { page } = await openPage(browser, { url: await run.serve(), token: TOKEN });
    // The last of what is told: none of it comes between the keys.
    await page.getByText('run failed').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');

    const selected = () => page.getByRole('treeitem', { selected: true }).getAttribute('title');
    await page.getByRole('treeitem', { name: /^v0;/ }).focus();
    const way = { Home: 'v0', ArrowRight: 'v1', ArrowDown: 'v2', ArrowUp: 'v1', ArrowLeft: 'v0', End: 'v2' };
    for (const [key, version] of Object.entries(way)) {
      await page.keyboard.press(key);
      await expect.poll(selected, SOON).toMatch(new RegExp(`^${version};`));
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.getAttribute('title')), SOON)
        .toMatch(new RegExp(`^${version};`));
    }
    // A walk through the tree is one step for the browser.
    const { length } = await page.evaluate(() => ({ length: history.length }));
    expect(length).toBeLessThanOrEqual(3);

    await page.getByRole('tab', { selected: true }).focus();
    await page.keyboard.press('End');
    await page.getByRole('tab', { name: 'Prompt', exact: true, selected: true }).waitFor();

    await page.getByRole('application').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await expect
      .poll(() => page.locator('#task-grid-cell').textContent(), SOON)
      .toMatch(/^Task \d+, v1: reward [01]\.000, (fixed|broke|the same)/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), SOON).toMatch(/#\/rollouts\/ro-1-\d+-/);
  });

  it('say so where an address leads nowhere, and where it names a candidate that is not there', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents(), ...endingEvents());
    const url = await run.serve();
    const { page, problems } = await openPage(browser, { url, token: TOKEN, route: '/nope' });
    await page.getByRole('heading', { level: 1, name: 'No such page' }).waitFor();
    expect(await page.getByRole('navigation').locator('[aria-current]').count()).toBe(0);
    await expectAccessible(page);
    await page.getByRole('main').getByRole('link', { name: 'Run' }).click();
    await page.getByRole('heading', { level: 1, name: 'Run' }).waitFor();
    await page.goto(`${url}/#/search/v99`);
    await page.getByText('There is no v99 in this run.').waitFor();
    // What there is is there all the same.
    await page.getByRole('treeitem', { name: /^v0;/ }).waitFor();
    expect(problems.list).toEqual([]);
  });

  it('open a candidate where it stands in a narrow page', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents({ rounds: 4 }), ...endingEvents());
    const viewport = { width: 390, height: 844 };
    const { page, problems } = await openPage(browser, { url: await run.serve(), token: TOKEN, viewport });
    await page.getByText('run failed').waitFor();
    const candidate = (version: string) => page.getByRole('button', { name: new RegExp(`^${version};`) });
    const details = (version: string) => page.getByRole('region', { name: version, exact: true });
    await candidate('v1').click();
    await details('v1').getByText('What the critic said of v0').waitFor();
    // What is opened above it closes, and it does not move from under the finger.
    await candidate('v5').scrollIntoViewIfNeeded();
    const { y: before } = (await candidate('v5').boundingBox())!;
    await candidate('v5').click();
    await details('v5').waitFor();
    expect(await details('v1').count()).toBe(0);
    expect(Math.abs((await candidate('v5').boundingBox())!.y - before)).toBeLessThan(2);
    const [top, below] = [await candidate('v5').boundingBox(), await details('v5').boundingBox()];
    expect(below!.y - (top!.y + top!.height)).toBeLessThan(20);
    await expectAccessible(page);
    // By a link to another one, it is looked for.
    await details('v5').getByRole('link', { name: 'v0' }).first().click();
    await details('v0').waitFor();
    await expect.poll(async () => (await candidate('v0').boundingBox())!.y, SOON).toBeLessThan(viewport.height);
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-expanded'))).toBe('true');
    // With keys as well.
    await page.keyboard.press('Enter');
    await details('v0').waitFor({ state: 'detached' });
    expect(problems.list).toEqual([]);
  });

  it('say what the signs of the grid mean', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents(), ...endingEvents());
    const { page } = await openPage(browser, { url: await run.serve(), token: TOKEN });
    const legend = page.getByRole('list', { name: 'What a cell says' });
    await legend.getByText('fixed: a higher reward than its parent').waitFor();
    await page.getByRole('button', { name: 'Against the first' }).click();
    await legend.getByText('fixed: a higher reward than the first').waitFor();
  });

  it('keep the rest when one cannot be drawn', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents());
    const url = await run.serve({ algorithmOptions: { beamWidth: 4 }, command: null as never });
    const { page } = await openPage(browser, { url, token: TOKEN, route: '/run' });
    await page.getByText('This view cannot be drawn').waitFor();
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    await page.getByRole('treeitem').first().waitFor();
  });

  it('say that the process of a run is gone, which no event tells, and how to go on', async () => {
    const run = new ToldRun();
    // In its last round.
    const isLast = (entry: JournalEntry) =>
      entry.type === 'algorithm-event' &&
      (entry.event.type === 'beam-chosen' || entry.event.type === 'round-ended') &&
      entry.event.round === 2;
    run.tell(...searchEvents().filter((entry) => !isLast(entry)));
    const url = await run.serve({ status: 'broken-off', directory: '/my runs/run-1' });
    const { page } = await openPage(browser, { url, token: TOKEN });
    await page.getByText('broken off', { exact: true }).waitFor();
    await page.getByText("agl resume '/my runs/run-1'").waitFor();
    await page.getByRole('region', { name: 'Verdict' }).getByText('likely too high: the search chose by it').waitFor();
    // What it was doing is not said to go on.
    await page.getByText(/when it broke off: .*asking the critic/).waitFor();
    expect(await page.getByText('under way').count()).toBe(0);
  });

  it('ask for the token where it is missing, and say when it is wrong', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents());
    const { page, problems } = await openPage(browser, { url: await run.serve(), token: null });
    for (const token of ['wrong', TOKEN]) {
      await page.getByLabel('The server asks for a token').fill(token);
      await page.getByRole('button', { name: 'Open' }).click();
      if (token === TOKEN) break;
      await page.getByText('The server does not take this token').waitFor();
      await expectAccessible(page);
    }
    await page.getByRole('treeitem').first().waitFor();
    expect(problems.list).toEqual([]);
  });

  it('say so where there is a store and no run', async () => {
    const url = await serveNoRun();
    const { page, problems } = await openPage(browser, { url, token: TOKEN });
    await page.getByText('This server serves a store, and no run').waitFor();
    await page.goto(`${url}/#/run`);
    await page.getByText('This server serves a store, and no run').waitFor();
    await expectAccessible(page);
    expect(problems.list).toEqual([]);
  });

  it.each(VIEWS)('fit on a narrow screen: %s', async (view) => {
    const run = new ToldRun();
    run.tell(...searchEvents(), ...endingEvents());
    const { page } = await openPage(browser, {
      url: await run.serve(),
      token: TOKEN,
      route: `/${view}`,
      viewport: { width: 360, height: 740 },
    });
    await page.getByText('run failed').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });

  it('stay where they are while a search goes on', async () => {
    const run = new ToldRun();
    const entries = searchEvents({ rounds: 3 });
    const first = entries.findIndex((entry) => entry.type === 'best') + 1;
    // What was found stands at the top, and may push once.
    const later = entries.slice(first).filter(({ type }) => type !== 'warning' && type !== 'finding');
    run.tell(...entries.slice(0, first));
    const { page } = await openPage(browser, { url: await run.serve(), token: TOKEN });
    // The last of what is told so far.
    await page.getByText('★ best so far').waitFor();
    await frames(page, 3);
    await page.evaluate(() => {
      const told = globalThis as unknown as { shifts: number };
      told.shifts = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) told.shifts += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift' });
    });
    for (const entry of later) {
      run.tell(entry);
      await frames(page, 1);
    }
    await expect.poll(() => page.getByRole('treeitem').count(), SOON).toBe(7);
    await frames(page, 3);
    // Google calls up to 0.1 good.
    expect(await page.evaluate(() => (globalThis as unknown as { shifts: number }).shifts)).toBeLessThan(0.1);
  });

  it('show an event within a quarter of a second', async () => {
    const run = new ToldRun();
    run.tell(...searchEvents());
    const { page } = await openPage(browser, { url: await run.serve(), token: TOKEN, route: '/run' });
    await page.getByText('the warning', { exact: true }).waitFor();
    const delays: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const seen = page.evaluate((text) => {
        const { promise, resolve } = Promise.withResolvers<number>();
        const observer = new MutationObserver(() => {
          if (document.body.textContent?.includes(text) !== true) return;
          observer.disconnect();
          requestAnimationFrame(() => resolve(Date.now()));
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        return promise;
      }, `warning ${turn}!`);
      // The page listens by then.
      await page.evaluate(() => 0);
      const told = Date.now();
      run.tell({ time: told / 1000, type: 'warning', message: `warning ${turn}!` });
      delays.push((await seen) - told);
    }
    expect(delays.toSorted((a, b) => a - b)[4]).toBeLessThan(250);
  });

  it('read a journal of 40,000 events without standing still', async () => {
    const run = new ToldRun();
    run.tell(...longJournal(40_000));
    const url = await run.serve();
    const { page } = await openPage(browser, { url, token: TOKEN });
    await page.evaluate(() => {
      const told = globalThis as unknown as { longest: number };
      told.longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) told.longest = Math.max(told.longest, duration);
      }).observe({ type: 'longtask', buffered: true });
    });
    const start = Date.now();
    await page.getByText('the last of all').waitFor({ timeout: 30_000 });
    const readMs = Date.now() - start;
    expect(readMs).toBeLessThan(15_000);
    // On a machine that does much else all of it takes longer: then no part may be most of it.
    const longest = await page.evaluate(() => (globalThis as unknown as { longest: number }).longest);
    expect(longest).toBeLessThan(Math.max(500, readMs / 2));
    await page.goto(`${url}/#/run`);
    await page.getByText(/of 40,\d{3} events/).waitFor();
  });
});

/** A search of many rounds, with what evaluations and counters tell in between. */
function longJournal(length: number): JournalEntry[] {
  const search = searchEvents({ rounds: 30, tasks: 80 });
  const last: JournalEntry = { time: 1_790_100_000, type: 'warning', message: 'the last of all' };
  const filler = Array.from({ length: length - search.length }, (_, index): JournalEntry => {
    const time = 1_790_001_000 + index;
    if (index % 3 === 0) return { time, type: 'model-calls', count: index };
    const key = `r1/p${index % 500}/training`;
    if (index % 3 === 1) {
      return {
        time,
        type: 'evaluation-started',
        key,
        rollouts: 4,
        mode: 'train',
        resourcesIds: ['rs-0'],
        rows: [1, 2, 3, 4],
      };
    }
    const doing = index % 2 === 0 ? null : 'asking the critic';
    const event = { type: 'progress', part: `p${index % 8}`, round: 30, parent: 'v0', doing } as const;
    return { time, type: 'algorithm-event', key, event };
  });
  return [...search, ...filler, last];
}

async function frames(page: Page, count: number): Promise<void> {
  for (let frame = 0; frame < count; frame += 1) {
    await page.evaluate(() => new Promise((resolve) => void requestAnimationFrame(resolve)));
  }
}
