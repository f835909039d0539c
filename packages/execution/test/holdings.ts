import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Holdings } from '@agentlightning/core/testing';

/** How long what was closed may take to be gone, milliseconds. What leaks stays for ever. */
const PATIENCE_MS = 30_000;

/** What this process holds of its system now, after a collection of garbage. Threads and files are counted where the system tells (Linux does). */
export function holdings(): Holdings {
  collectGarbage();
  return {
    threads: entriesOf('/proc/self/task'),
    files: entriesOf('/proc/self/fd'),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}

/** The same, once it has come down to what it was before, or will not. */
export async function settledHoldings(before: Holdings): Promise<Holdings> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = holdings();
    const isDown = now.threads <= before.threads && now.files <= before.files && now.timers <= before.timers;
    if (isDown || performance.now() > end) return now;
    await setTimeout(20);
  }
}

function entriesOf(directory: string): number {
  return process.platform === 'linux' ? readdirSync(directory).length : 0;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
