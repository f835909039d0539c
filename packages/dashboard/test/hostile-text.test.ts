// Whatever models, agents and tasks put into the fields of events: it is text on the page, and nothing else.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, startBrowser } from '../../../scripts/chromium.ts';
import { isWholeBrowserTest, openPage } from './browser.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { TOKEN } from './page-processes.ts';
import { endingEvents, searchEvents } from './search-events.ts';
import { ToldRun } from './told-run.ts';

const chromium = findChromium();

describe.skipIf(chromium === undefined || !isWholeBrowserTest)('hostile texts in every field', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(chromium!);
  });
  afterAll(() => browser.close());

  it('are shown as they are: no script runs, nothing is asked for, the policy has nothing to refuse', async () => {
    expect(HOSTILE_TEXTS).toHaveLength(100);
    let next = 0;
    // One after the other, so that each stands in many fields, and no field has the same one all the time.
    const text = () => HOSTILE_TEXTS[next++ % HOSTILE_TEXTS.length]!;
    const run = new ToldRun();
    run.tell(...searchEvents({ rounds: 20, text, tasks: 12 }), ...endingEvents(text));
    const url = await run.serve({
      directory: text(),
      initialResources: { [text()]: text() },
      algorithmOptions: { [text()]: text() },
    });
    const { page, problems } = await openPage(browser, { url, token: TOKEN });
    const nodes = page.getByRole('treeitem');
    await expect.poll(() => nodes.count(), { timeout: 20_000 }).toBe(41);
    // Each candidate is opened, with its prompt, diffs and critique.
    await nodes.first().focus();
    for (const key of ['ArrowRight', ...Array.from({ length: 20 }, () => ['ArrowDown', 'ArrowRight']).flat()]) {
      await page.keyboard.press(key);
    }
    for (let index = 0; index < 41; index += 1) await nodes.nth(index).click();
    // The address has changed before the page has: the one before may have had more tabs.
    await expect.poll(() => nodes.nth(40).getAttribute('aria-selected')).toBe('true');
    for (const tab of await page.getByRole('tab').all()) await tab.click();
    await page.getByText('All comparisons').click();
    await page.goto(`${url}/#/run`);
    const events = page.getByRole('region', { name: 'Events' }).last();
    await events.getByRole('button').first().click();
    for (const summary of await page.locator('summary').all()) await summary.click();
    for (const text of HOSTILE_TEXTS) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/search/${text}`);
    }
    await page.goto(`${url}/#/search/${encodeURIComponent(HOSTILE_TEXTS[0]!)}`);
    await page.getByText('There is no').waitFor();
    expect(problems.list).toEqual([]);
    expect(await page.evaluate(() => document.querySelectorAll('script').length)).toBe(1);
    expect(
      await page.evaluate(() => document.querySelectorAll('main iframe, main img, main object, main form').length),
    ).toBe(0);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
  });
});
