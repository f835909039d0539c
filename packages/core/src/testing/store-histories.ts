import { describe, it } from 'vitest';
import type { StoreBackend } from './conformance/store-under-test.ts';
import { checkHistories, checkHistory, type HistoriesOptions } from './model/check-histories.ts';
import { KEPT_HISTORIES } from './model/kept-histories.ts';
import { testSeed } from './test-seed.ts';

/**
 * Model-based tests of a `LightningStore`: random histories happen to it and to a small reference model, and both have to say the same after
 * each step. Call it from a test file. The backend's stores must take the clock that they are given.
 *
 * A failure prints its seed and the shortest history that shows it; keep it in `kept-histories.ts`. `AGL_SEED` repeats a seed.
 */
export function describeStoreHistories(
  name: string,
  backend: StoreBackend,
  options: Omit<HistoriesOptions, 'seed'>,
): void {
  describe(`${name} does what the reference model does`, () => {
    it.each(KEPT_HISTORIES)('$name', ({ commands }) => checkHistory(backend, commands));
    it(`in any of ${options.histories} histories`, { timeout: 900_000 }, () =>
      checkHistories(backend, { ...options, seed: testSeed(name) }),
    );
  });
}

/**
 * How many histories a test plays: `usual`, or with `AGL_HISTORIES` set as many as that says, divided by `share`. The gate sets it to 50,000; `pnpm test`
 * does not, as it has other things to do.
 */
export function historiesToPlay(usual: number, share = 1): number {
  const wanted = process.env['AGL_HISTORIES'];
  return wanted === undefined ? usual : Math.ceil(Number(wanted) / share);
}
