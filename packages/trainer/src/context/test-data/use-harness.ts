import { afterEach } from 'vitest';
import { startHarness } from './harness.ts';

/** `startHarness()` for the tests of one file; what a test started is closed after it. */
export function useHarness(): typeof startHarness {
  const started: ReturnType<typeof startHarness>[] = [];
  afterEach(async () => {
    for (const harness of started.splice(0)) await harness.close();
  });
  return (...args) => {
    const harness = startHarness(...args);
    started.push(harness);
    return harness;
  };
}
