import { pathToFileURL } from 'node:url';
import { startBrowser } from '../../../scripts/chromium.ts';

/**
 * Opens a file in a Chromium without a window.
 * @param found - from `findChromium()`
 * @returns the document after that, as HTML, and what the page, or the browser about it, wrote to the console
 */
export async function openFromDisk(
  found: string,
  path: string,
): Promise<{ readonly html: string; readonly log: readonly string[] }> {
  const browser = await startBrowser(found);
  try {
    const page = await browser.newPage();
    const log: string[] = [];
    page.on('console', (message) => log.push(message.text()));
    page.on('pageerror', ({ message }) => log.push(message));
    await page.goto(pathToFileURL(path).href);
    return { html: await page.content(), log };
  } finally {
    await browser.close();
  }
}
