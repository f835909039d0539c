import { setTimeout as delay } from 'node:timers/promises';

const START_MS = 120_000;

/** Waits until a store server answers. */
export async function untilHealthy(url: string, signal: AbortSignal): Promise<void> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
  for (;;) {
    const isHealthy = await fetch(`${url}/v1/agl/health`, { signal: stop }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    if (stop.aborted) throw new Error(`Python's server at ${url} did not start`);
    await delay(100);
  }
}
