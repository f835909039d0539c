// The views of rollouts, workers and resources, in a browser, before a server with a store in a file.
import type { LightningStore, SpanInput } from '@agentlightning/core';
import { PromptTemplate, spanFromDraft } from '@agentlightning/core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findChromium, startBrowser } from '../../../scripts/chromium.ts';
import { expectAccessible, isWholeBrowserTest, type OpenOptions, openPage } from './browser.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { fillSampleStore, SAMPLE, SECRET_KEY } from './sample-store.ts';
import { type ServedStore, serveStore } from './served-store.ts';

const chromium = findChromium();

/** A machine that is busy is no failure. */
const poll = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 30_000 });

/** What takes long runs in the gate. */
const whole = it.runIf(isWholeBrowserTest);

describe.skipIf(chromium === undefined)('in a browser', () => {
  let browser: Browser;
  let sample: ServedStore;
  beforeAll(async () => {
    [browser, sample] = await Promise.all([startBrowser(chromium!), serveStore()]);
    await fillSampleStore(sample.store, { rollouts: 260 });
  });
  afterAll(async () => {
    await browser?.close();
    await sample?.close();
  });

  /** A page that is closed, and has to have been without problems, when the test ends. */
  async function open(
    route: string,
    { server }: ServedStore = sample,
    options: Partial<OpenOptions> = {},
  ): Promise<Page> {
    const { url, token } = server;
    const { page, problems } = await openPage(browser, { url, token, route, ...options });
    onTestFinished(async () => {
      await page.context().close();
      expect(problems.list).toEqual([]);
    });
    return page;
  }

  const rows = (page: Page) => page.locator('.grid-body [role=row]');
  const firstId = (page: Page) => rows(page).first().locator('.rollout-id').innerText();

  describe('the rollouts', () => {
    it('are filtered, sorted and paged, and the address says how', async () => {
      const page = await open('/rollouts');
      await rows(page).first().waitFor();
      await poll(() => page.locator('.view-heading').innerText()).toContain('265 rollouts');
      expect(await firstId(page)).toBe(SAMPLE.waiting);

      await page.getByRole('button', { name: 'failed', exact: true }).click();
      await poll(() => page.url()).toContain('status=failed');
      await poll(() => page.locator('.view-heading').innerText()).toContain('21 rollouts match');
      await page.getByLabel('Error contains').fill('RangeError');
      await poll(() => page.locator('.view-heading').innerText()).toContain('1 rollout matches');
      await poll(() => firstId(page)).toBe(`${SAMPLE.failed} · RangeError: There is no large hall`);
      await page.getByRole('button', { name: 'Clear' }).click();

      await page.getByLabel('Mode').selectOption('val');
      await poll(() => page.locator('.view-heading').innerText()).toContain('89 rollouts match');
      await page.getByRole('button', { name: 'Attempts' }).click();
      await poll(() => firstId(page)).toBe(SAMPLE.retried);
      const head = page.getByRole('columnheader', { name: 'Attempts' });
      expect(await head.getAttribute('aria-sort')).toBe('descending');
      expect(page.url()).toContain('mode=val');
      expect(page.url()).toContain('sort=-attempts');
      expect(await rows(page).first().innerText()).toContain('3 tries');
      // Rewards are asked for once the rows are there.
      await poll(() => rows(page).first().innerText()).toContain('1.000');
    });

    whole('are where the address says, and the address is where they are scrolled to', async () => {
      const page = await open('/rollouts?metadata=x&evaluation=round-1%2Ftrain&sort=start');
      await poll(() => page.locator('.view-heading').innerText()).toContain('44 rollouts match');
      await page.goto(page.url().replace(/#.*/, '#/rollouts?sort=start&page=2'));
      await poll(() => firstSeen(page)).toBe('ro-task-0100');
      await page.getByRole('button', { name: 'Next' }).click();
      await poll(() => firstSeen(page)).toBe('ro-task-0200');
      expect(page.url()).toContain('page=3');
      await page.locator('.rollout-grid').evaluate((grid) => grid.scrollTo(0, 0));
      await poll(() => page.url()).not.toContain('page=');
      await page.goBack();
      await poll(() => firstSeen(page)).toBe('ro-task-0100');
    });

    whole('are gone through with the keyboard', async () => {
      const page = await open('/rollouts?sort=start');
      await rows(page).first().waitFor();
      await rows(page).first().focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key);
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-rowindex'));
      await poll(focused).toBe('3');
      await page.keyboard.press('End');
      await poll(focused).toBe('266');
      // Which one comes last, of several that were enqueued in the same moment, does not matter.
      const idShown = async () => /ro-[\w-]+/.exec(await page.locator('.grid-body [role=row]:focus').innerText())?.[0];
      await poll(idShown).toBeDefined();
      const id = await idShown();
      await page.keyboard.press('Enter');
      await poll(() => page.url()).toContain(`/rollouts/${id}`);
      await page.locator('.rollout-grid').waitFor({ state: 'detached' });
      await page.locator('main').getByText(id!).first().waitFor();
    });

    whole('do not move under the eyes of who reads them as new ones come', async () => {
      const served = await serveStore();
      onTestFinished(() => served.close());
      const add = (from: number, to: number) =>
        served.store.enqueueManyRollouts(
          Array.from({ length: to - from }, (_, index) => ({ input: from + index, rolloutId: `ro-${from + index}` })),
        );
      for (let index = 0; index < 120; index += 1) await add(index, index + 1);
      const page = await open('/rollouts', served);
      await rows(page).first().waitFor();
      await page.locator('.rollout-grid').evaluate((grid) => grid.scrollTo(0, 46 * 20));
      // The page has noticed where it is: other rows are drawn than before.
      await poll(() => rows(page).first().getAttribute('data-index')).toBe('10');
      const seen = await firstSeen(page);
      for (let index = 120; index < 127; index += 1) await add(index, index + 1);
      await poll(() => page.locator('.view-heading').innerText()).toContain('127');
      await poll(() => firstSeen(page)).toBe(seen);
      expect(await page.locator('.rollout-grid').evaluate(({ scrollTop }) => scrollTop)).toBe(46 * 27);
    });
  });

  describe('one rollout', () => {
    it('says of each attempt why it was tried again', async () => {
      const page = await open(`/rollouts/${SAMPLE.retried}`);
      await page.getByText('It succeeded at attempt 3').waitFor();
      await page.getByRole('tab', { name: /Attempt 1/ }).click();
      await page.getByText('Tried again, as a rollout of this kind is after timeout or unresponsive').waitFor();
      expect(page.url()).toContain('attempt=1');
      await page.getByRole('tab', { name: /Attempt 2/ }).click();
      await page.getByText('Cause: The thread ran out of memory').waitFor();
      await page.getByText('Tried again, as this attempt was given back and costs the task none').waitFor();
      const rewards = page.getByRole('table', { name: 'Rewards of all attempts' });
      expect(await rewards.innerText()).toMatch(/3\s+1\.000\s+tone 0\.500\s+Right, but curt\s+counts/);
      const facts = page.getByRole('region', { name: 'Rollout', exact: true });
      expect(await facts.innerText()).toMatch(/Reward\s+1\.000\s+Feedback\s+Right, but curt/);
    });

    it('shows its model calls as a conversation, with tools, tokens and latency', async () => {
      const page = await open(`/rollouts/${SAMPLE.talkative}`);
      const call = (number: number) => page.getByRole('article', { name: `Model call ${number}` });
      await call(4).waitFor();
      expect(await call(1).innerText()).toMatch(/412 → 37 tokens · 1\.10 s · 1 tool: find_rooms/);
      expect(await call(1).innerText()).toContain('{"seats":6,"tags":["projector"]}');
      expect(await call(2).innerText()).not.toContain('You book rooms');
      await call(2).getByRole('button', { name: '3 messages as before' }).click();
      expect(await call(2).innerText()).toContain('You book rooms');
      expect(await call(3).innerText()).toMatch(/grader-large[\s\S]*Is C1 right\?[\s\S]*Yes: 1\.0/);
      expect(await call(4).innerText()).toContain('cannot be read as a conversation');
      await call(4).getByRole('button', { name: 'JSON', exact: true }).click();
      await call(4).getByText('gen_ai.input.messages').waitFor();
    });

    whole('shows its spans over time, each below the one it is part of, 1,500 as smoothly as ten', async () => {
      const page = await open(`/rollouts/${SAMPLE.talkative}?show=spans`);
      const names = () => page.locator('.waterfall-row .span-name').allInnerTexts();
      await poll(names).toHaveLength(7);
      expect((await names())[0]).toBe('agentlightning.operation');
      await page.getByRole('button', { name: '5 spans below agentlightning.operation' }).click();
      await poll(names).toHaveLength(2);
      await page.getByRole('button', { name: 'reward 1' }).click();
      await page
        .getByRole('region', { name: 'Span agentlightning.annotation' })
        .getByText('agentlightning.reward.0.value')
        .waitFor();
      expect(page.url()).toMatch(/span=[0-9a-f]{16}/);

      await page.goto(page.url().replace(/#.*/, `#/rollouts/${SAMPLE.large}`));
      await page.getByRole('tab', { name: 'Spans (1500)' }).waitFor();
      expect(await page.locator('.waterfall-row').count()).toBeLessThan(60);
      await page.locator('.virtual-list').evaluate((list) => list.scrollTo(0, list.scrollHeight));
      await page.getByText('step 1499').waitFor();
    });

    whole('that is not there is said not to be', async () => {
      const page = await open('/rollouts/ro-none');
      await page.getByText('There is no such rollout').waitFor();
      await page.goto(page.url().replace(/#.*/, `#/rollouts/${SAMPLE.retried}?attempt=9`));
      await page.getByText('There is no attempt 9').waitFor();
      await page.getByRole('tab', { name: /Attempt 3/, selected: true }).waitFor();
    });
  });

  whole('workers are found by their state and id', async () => {
    const page = await open('/workers');
    await page.getByText('runner-1').waitFor();
    await page.getByLabel('Id contains').fill('runner-2');
    await poll(() => page.getByRole('table').innerText()).not.toContain('runner-1');
    expect(page.url()).toContain('q=runner-2');
    expect(await page.getByRole('table').innerText()).toContain('memory_mb: 210');
    await page.getByRole('button', { name: 'busy' }).click();
    await page.getByText('No worker matches').waitFor();
  });

  it('resources are shown with what changed from one to another, and never with a key', async () => {
    const page = await open('/resources');
    await page.getByText('3 placeholders: date, time, attendees').waitFor();
    await page.getByRole('link', { name: /rs-candidate-1/ }).click();
    // The address has changed before the page has.
    await page.getByRole('region', { name: 'Snapshot', exact: true }).getByText('rs-candidate-1').waitFor();
    await page.getByLabel('Compare with').selectOption('rs-candidate-0');
    await poll(() => page.locator('ins').innerText()).toContain('Check each requirement in turn');
    expect(page.url()).toMatch(/resources\/rs-candidate-1\?with=rs-candidate-0/);
    expect(await page.content()).not.toContain(SECRET_KEY);
  });

  whole('a server that is gone is said to be, and what it has is there when it is back', async () => {
    const served = await serveStore();
    onTestFinished(() => served.close());
    await served.store.enqueueRollout({ input: 'first', rolloutId: 'ro-first' });
    const page = await open('/rollouts', served);
    await rows(page).first().waitFor();
    await served.restart(async () => {
      await page.getByText('What is shown is as of').waitFor();
      expect(await firstId(page)).toBe('ro-first');
      await served.store.enqueueRollout({ input: 'second', rolloutId: 'ro-second' });
    });
    await poll(() => page.locator('.view-heading').innerText()).toContain('2 rollouts');
    await poll(() => page.getByText('What is shown is as of').count()).toBe(0);
  });

  whole.each(['light', 'dark'] as const)('axe finds no serious fault in %s', async (colorScheme) => {
    const page = await open('/rollouts', sample, { colorScheme });
    await rows(page).first().waitFor();
    await expectAccessible(page);
    for (const [route, shown] of [
      [`/rollouts/${SAMPLE.retried}?attempt=1`, page.getByText('Tried again, as a rollout')],
      [`/rollouts/${SAMPLE.talkative}?show=spans&span=aaaaaaaaaaaaaaaa`, page.getByText('after the first')],
      [`/rollouts/${SAMPLE.talkative}`, page.getByRole('article', { name: 'Model call 4' })],
      ['/workers', page.getByRole('table', { name: 'Workers' })],
      ['/resources/rs-candidate-1?with=rs-candidate-0', page.getByText('words added')],
    ] as const) {
      await page.goto(page.url().replace(/#.*/, `#${route}`));
      await shown.waitFor();
      await expectAccessible(page);
    }
  });

  whole('nothing is wider than a narrow screen', async () => {
    const page = await open('/rollouts', sample, { viewport: { width: 360, height: 740 } });
    await rows(page).first().waitFor();
    for (const [route, shown] of [
      ['/rollouts', rows(page).first()],
      [`/rollouts/${SAMPLE.talkative}?show=spans`, page.locator('.waterfall-row').last()],
      ['/workers', page.getByRole('table', { name: 'Workers' })],
      ['/resources/rs-candidate-1', page.getByRole('region', { name: 'Snapshot', exact: true })],
    ] as const) {
      await page.goto(page.url().replace(/#.*/, `#${route}`));
      await shown.waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    }
  });

  whole('a hundred hostile texts are texts wherever they stand', async () => {
    const served = await serveStore();
    onTestFinished(() => served.close());
    await fillHostile(served.store);
    const page = await open('/rollouts', served);
    await rows(page).first().waitFor();
    const texts = HOSTILE_TEXTS.length;
    await poll(() => page.locator('.view-heading').innerText()).toContain(`${texts} rollouts`);
    await scrollThrough(page, '.rollout-grid');
    const goTo = (hash: string) => page.evaluate((to) => location.assign(to), hash);
    for (let index = 0; index < texts; index += 1) {
      await goTo(`#/rollouts/ro-${index}`);
      await page.getByText(`ro-${index}`, { exact: true }).first().waitFor();
      await page.getByRole('article').first().waitFor();
      await page.getByRole('button', { name: 'JSON', exact: true }).first().click();
      if (index % 10 !== 0) continue;
      await page.getByRole('tab', { name: /^Spans/ }).click();
      await page.locator('.span-name').last().click();
      await page.locator('.span-panel').waitFor();
    }
    await goTo('#/workers');
    // A rollout has tables as well.
    await page.getByRole('table', { name: 'Workers' }).waitFor();
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(90);
    await goTo('#/resources?q=');
    await page.locator('.snapshot-list li').first().waitFor();
    const ids = HOSTILE_TEXTS.map((text, index) => encodeURIComponent(resourcesIdOf(text, index)));
    for (let index = 1; index < texts; index += 7) {
      await goTo(`#/resources/${ids[index]}?with=${ids[index - 1]}`);
      await page.getByText(`From rs-${index - 1} `).waitFor();
    }
    for (const text of HOSTILE_TEXTS) {
      await goTo(
        `#/rollouts?error=${encodeURIComponent(text.toWellFormed())}&q=${encodeURIComponent(text.toWellFormed())}`,
      );
    }
    await page
      .getByText(/No rollout matches|rollouts? match/)
      .first()
      .waitFor();
  });
});

/** The id of the first row that is seen whole. */
function firstSeen(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const grid = document.querySelector('.rollout-grid')!;
    const top = grid.getBoundingClientRect().top + 40;
    const row = [...grid.querySelectorAll('.grid-body [role=row]')].find(
      (candidate) => candidate.getBoundingClientRect().top >= top - 1,
    );
    return row?.querySelector('.rollout-id')?.textContent?.split(' ')[0];
  });
}

async function scrollThrough(page: Page, selector: string): Promise<void> {
  await page.locator(selector).evaluate(async (element) => {
    for (let top = 0; top < element.scrollHeight; top += element.clientHeight) {
      element.scrollTo(0, top);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** Every field that holds a text holds a hostile one. Ids of rollouts and attempts cannot: stores refuse them. */
async function fillHostile(store: LightningStore): Promise<void> {
  for (const [index, text] of HOSTILE_TEXTS.entries()) {
    const workerId = text.slice(-200);
    const resourcesId = resourcesIdOf(text, index);
    await store.updateResources(resourcesId, {
      [`named ${text.slice(0, 100)}`]: new PromptTemplate({ template: text }),
    });
    const { rolloutId, attempt } = await store.startRollout({
      rolloutId: `ro-${index}`,
      input: { [`named ${text.slice(0, 100)}`]: text, nested: [text, { deep: { deeper: text } }] },
      resourcesId,
      mode: 'val',
      metadata: { evaluation: text, run_id: text },
      workerId,
    });
    const { attemptId } = attempt;
    await store.addManySpans(hostileSpans({ rolloutId, attemptId }, text));
    await store.updateWorker(workerId, { heartbeatStats: { [`named ${text.slice(0, 100)}`]: text, nested: { text } } });
    await store.updateAttempt(rolloutId, attemptId, {
      status: 'failed',
      metadata: { error: text, reason: text, cause: text, [`named ${text.slice(0, 100)}`]: text },
    });
  }
}

function resourcesIdOf(text: string, index: number): string {
  return `rs-${index} ${text.slice(0, 100)}`.toWellFormed();
}

function hostileSpans(ids: { rolloutId: string; attemptId: string }, text: string): SpanInput[] {
  const attributes = {
    'gen_ai.request.model': text,
    'gen_ai.request.functions.0.name': text,
    'gen_ai.prompt.0.role': 'user',
    'gen_ai.prompt.0.name': text,
    'gen_ai.prompt.0.content': text,
    'gen_ai.completion.0.role': 'assistant',
    'gen_ai.completion.0.content': text,
    'gen_ai.completion.0.refusal': text,
    'gen_ai.completion.0.tool_calls.0.id': text,
    'gen_ai.completion.0.tool_calls.0.name': text,
    'gen_ai.completion.0.tool_calls.0.arguments': text,
    [`attribute ${text.slice(0, 100)}`]: text,
  };
  const status = { statusCode: 'ERROR', description: text } as const;
  const events = [{ name: text, attributes: { text }, timestamp: 1 }];
  const reward = {
    'agentlightning.reward.0.name': text,
    'agentlightning.reward.0.value': 1,
    'agentlightning.reward.1.name': text,
    'agentlightning.reward.1.value': 0.5,
    'agentlightning.feedback': text,
  };
  const context = { ...ids, traceId: '1'.repeat(32), now: 1 };
  return [
    spanFromDraft({ name: text, attributes, status, events }, context),
    spanFromDraft({ name: text, attributes: reward }, context),
  ];
}
