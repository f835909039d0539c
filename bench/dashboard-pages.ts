import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutCounts } from '@agentlightning/core/run';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumProgram, findChromium } from '../scripts/chromium.ts';
import { type Bench, type BenchLine, jitterContext, round, toLine } from './bench.ts';
import { type DashboardRun, makeDashboardRun } from './dashboard-run.ts';
import { median, percentile } from './percentile.ts';
import { type ShownRun, showRun } from './shown-run.ts';

const ROLLOUTS = 100_000;
const ROUNDS = 3;
/** Of each query, in each round. */
const REQUESTS = 10;
const PAINTS = 7;
/** What the page asks for at once while somebody scrolls. */
const PAGE = 100;

/** In a page; texts are not evaluated there by its own scripts, which its policy forbids. */
const FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";

const EVENTS = 30;
/** Between two events, so that each comes alone. */
const BETWEEN_MS = 50;

const PAGE_MS = 200;
const PAINT_MS = 1_000;
const EVENT_MS = 250;

/** What the page asks for, with 100,000 rollouts in a store in a file, and how soon it shows something. `agl ui` is in a process of its own. */
export const dashboardPages: Bench = {
  name: 'dashboard-pages',
  claim: `With ${ROLLOUTS.toLocaleString('en')} rollouts in a store in a file, the page shows itself within a second, every list within 0.2 s, however it is filtered and sorted, and what happens within 0.25 s`,
  measure:
    'p95 of the slowest request ÷ 200 ms; where there is a Chromium, first paint ÷ 1 s, and p95 from an event to the screen ÷ 250 ms',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const run = await makeDashboardRun(ROLLOUTS);
    try {
      const shown = await showRun(run.directory);
      try {
        yield await measurePages(shown, run, jitter);
        const found = findChromium();
        if (found === undefined) return;
        const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
        const browser = await chromium.launch({ executablePath: await chromiumProgram(found), args });
        try {
          yield await measurePaint(shown, browser, jitter);
          yield await measureEvents(shown, browser, run.directory, jitter);
        } finally {
          await browser.close();
        }
      } finally {
        await shown.end();
      }
    } finally {
      run.remove();
    }
  },
};

async function measurePages(shown: ShownRun, run: DashboardRun, jitter: object): Promise<BenchLine> {
  const requests = requestsOf(run);
  const times = new Map<string, number[]>(Object.keys(requests).map((name) => [name, []]));
  const ratios: number[] = [];
  // The first round has the code compiled, and the file read.
  for (let turn = 0; turn <= ROUNDS; turn += 1) {
    let slowest = 0;
    for (const [name, ask] of Object.entries(requests)) {
      const took: number[] = [];
      for (let index = 0; index < REQUESTS; index += 1) {
        const began = performance.now();
        await (await ask(shown)).text();
        took.push(performance.now() - began);
      }
      slowest = Math.max(slowest, percentile(took, 0.95));
      if (turn > 0) times.get(name)!.push(...took);
    }
    if (turn > 0) ratios.push(slowest / PAGE_MS);
  }
  const slowestFirst = [...times].sort(([, a], [, b]) => percentile(b, 0.95) - percentile(a, 0.95));
  return toLine({ bench: dashboardPages.name, gate: 1, goal: 0.5 }, ratios, {
    setting: `the slowest of ${times.size} requests: ${slowestFirst[0]![0]}`,
    rollouts: ROLLOUTS,
    p50AndP95Ms: Object.fromEntries(
      slowestFirst.map(([name, took]) => [name, [round(median(took)), round(percentile(took, 0.95))]]),
    ),
    ...jitter,
  });
}

/** By name. */
function requestsOf(run: DashboardRun): Record<string, (shown: ShownRun) => Promise<Response>> {
  const search = (query: object) => (shown: ShownRun) => shown.ask('rollouts/search', { limit: PAGE, ...query });
  const [id] = run.rolloutIds as [string];
  const filters: Record<string, object> = {
    all: {},
    failed: { status_in: ['failed'] },
    'failed or succeeded': { status_in: ['failed', 'succeeded'] },
    mode: { mode_in: ['train'] },
    'part of an id': { rollout_id_contains: 'abc' },
    resources: { resources_id_in: [run.resourcesId] },
    evaluation: { metadata_in: [`evaluation=${run.evaluation}`] },
    'part of an error': { error_contains: '429' },
    'error that nobody has': { error_contains: 'none of them' },
    'failed with an error': { status_in: ['failed'], mode_in: ['val'], error_contains: 'TypeError' },
  };
  const sorts = ['start_time', 'status', 'duration', 'attempts'].flatMap((sort_by) =>
    ['asc', 'desc'].map((sort_order) => ({ sort_by, sort_order })),
  );
  const pages = Object.entries(filters).flatMap(([filter, query]) =>
    sorts
      .filter(({ sort_order: order }) => filter === 'all' || order === 'desc')
      .map((sort) => [`${filter}, by ${sort.sort_by} ${sort.sort_order}`, search({ ...query, ...sort })] as const),
  );
  const deep = sorts.flatMap((sort) =>
    [ROLLOUTS / 2, ROLLOUTS - PAGE].map(
      (offset) =>
        [`all from ${offset} on, by ${sort.sort_by} ${sort.sort_order}`, search({ ...sort, offset })] as const,
    ),
  );
  return {
    ...Object.fromEntries([...pages, ...deep]),
    'rewards of a page': (shown) => shown.ask('rewards/rollouts', { rollout_ids: run.rolloutIds.slice(0, PAGE) }),
    'a rollout': (shown) => shown.ask(`rollouts/${id}`),
    'its attempts': (shown) => shown.ask(`rollouts/${id}/attempts`),
    'its spans': (shown) => shown.ask(`spans?rollout_id=${id}`),
    workers: (shown) => shown.ask('workers?limit=-1'),
    'resources, newest first': (shown) => shown.ask('resources?sort_by=update_time&sort_order=desc&limit=50'),
    statistics: (shown) => shown.ask('statistics'),
    'the run': (shown) => shown.ask('run'),
  };
}

/** From the moment that the browser asks for the page until something is on it, each time in a browser profile that has never seen it. */
async function measurePaint(shown: ShownRun, browser: Browser, jitter: object): Promise<BenchLine> {
  const paintMs: number[] = [];
  // The first one starts what a browser starts once.
  for (let turn = 0; turn <= PAINTS; turn += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(shown.url);
    let took: number | undefined;
    while (took === undefined) took = await page.evaluate<number | undefined>(FIRST_PAINT);
    if (turn > 0) paintMs.push(took);
    await context.close();
  }
  return toLine(
    { bench: dashboardPages.name, gate: 1, goal: 0.5 },
    paintMs.map((ms) => ms / PAINT_MS),
    { setting: 'first contentful paint', rollouts: ROLLOUTS, paintMs: paintMs.map((ms) => round(ms)), ...jitter },
  );
}

/** From the moment that an event is written to the journal until what it says is in the frame that the browser draws. */
async function measureEvents(shown: ShownRun, browser: Browser, directory: string, jitter: object): Promise<BenchLine> {
  const page = await browser.newPage();
  await page.goto(shown.url);
  const eventMs: number[] = [];
  const ratios: number[] = [];
  for (let turn = 0; turn <= ROUNDS; turn += 1) {
    const took: number[] = [];
    for (let index = 0; index < EVENTS; index += 1) {
      took.push(await eventToScreen(page, directory, 1_000_000 + turn * EVENTS + index));
      await page.waitForTimeout(BETWEEN_MS);
    }
    if (turn === 0) continue;
    eventMs.push(...took);
    ratios.push(percentile(took, 0.95) / EVENT_MS);
  }
  await page.close();
  return toLine({ bench: dashboardPages.name, gate: 1, goal: 0.5 }, ratios, {
    setting: 'from an event to the screen',
    p50Ms: round(median(eventMs)),
    p95Ms: round(percentile(eventMs, 0.95)),
    ...jitter,
  });
}

async function eventToScreen(page: Page, directory: string, succeeded: number): Promise<number> {
  const seen = page.evaluate<number>(
    `new Promise((resolve) => {
      const look = () => document.body.innerText.includes('${succeeded.toLocaleString('en')}') ? resolve(Date.now()) : requestAnimationFrame(look);
      look();
    })`,
  );
  const counts: RolloutCounts = { queued: 0, running: 0, succeeded, failed: 0, cancelled: 0, retried: 0 };
  const written = Date.now();
  appendFileSync(
    join(directory, 'journal.jsonl'),
    `${JSON.stringify({ time: written / 1000, type: 'rollouts', counts })}\n`,
  );
  return (await seen) - written;
}
