const FIRST_MS = 500;
const MOST_MS = 10_000;

/**
 * How long to wait before a server that is gone is tried again: twice as long each time, up to ten seconds, and not all pages at the same moment.
 * @param attempt - how often it was tried in vain, from 0
 */
export function retryDelayMs(attempt: number, random: () => number): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** attempt);
  return full * (0.75 + random() / 4);
}
