import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

const require = createRequire(import.meta.url);

/** What must not happen on any page. */
export interface PageProblems {
  /** What the content security policy refused, errors of scripts, dialogs, and requests to others than the server. */
  readonly list: string[];
}

/** How a page is opened. */
export interface OpenOptions {
  /** Of the server. */
  readonly url: string;
  /** `null`: the server asks for none. */
  readonly token: string | null;
  /** Such as `/rollouts?status=failed`. */
  readonly route?: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A page in a context of its own, so that none knows of the token of another. */
export async function openPage(
  browser: Browser,
  { url, token, route = '', colorScheme = 'light', viewport = { width: 1280, height: 800 } }: OpenOptions,
): Promise<{ readonly page: Page; readonly problems: PageProblems }> {
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce', locale: 'en-US' });
  const page = await context.newPage();
  const list: string[] = [];
  await page.exposeFunction('reportProblem', (problem: string) => void list.push(problem));
  await page.addInitScript(() => {
    const report = (globalThis as unknown as { reportProblem: (problem: string) => void }).reportProblem;
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      report(`policy: ${violatedDirective} ${blockedURI}`),
    );
    globalThis.alert = (message?: unknown) => report(`alert: ${String(message)}`);
  });
  page.on('pageerror', (error) => list.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    list.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(url).origin && protocol !== 'blob:') list.push(`request: ${request.url()}`);
  });
  await page.goto(`${url}/#${token === null ? '' : `token=${token}&`}${route}`);
  return { page, problems: { list } };
}

const AXE = require.resolve('axe-core/axe.min.js');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Insists that axe finds nothing serious on a page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  // By way of the debugger, to which the policy of the page does not apply.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html, failureSummary }) => [html, failureSummary])]),
  ).toEqual([]);
}

/** Whether all of the tests in a browser are asked for, as by the gate: `AGL_BROWSER=all`. Otherwise the quick ones run. */
export const isWholeBrowserTest = process.env['AGL_BROWSER'] === 'all';

/** What a browser does in a moment, where a machine has little else to do: for `expect.poll()`. */
export const SOON = { timeout: 30_000 };
