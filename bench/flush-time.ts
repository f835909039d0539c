import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { round } from './bench.ts';
import { STORE_DIRECTORY } from './bench-store.ts';
import { median } from './percentile.ts';

const FLUSHES = 50;
const BLOCK = Buffer.alloc(4096, 1);

/**
 * What the disk itself takes to write 4 KB out, in milliseconds, in the median: no store that acknowledges what is on the disk can be faster. Machines differ by
 * a factor of twenty in it.
 */
export async function flushMs(): Promise<number> {
  mkdirSync(STORE_DIRECTORY, { recursive: true });
  const directory = mkdtempSync(join(STORE_DIRECTORY, 'flush-'));
  const file = openSync(join(directory, 'blocks'), 'w');
  try {
    const times: number[] = [];
    for (let index = 0; index < FLUSHES; index += 1) {
      writeSync(file, BLOCK);
      const began = performance.now();
      fdatasyncSync(file);
      times.push(performance.now() - began);
      await delay(5);
    }
    return round(median(times), 3);
  } finally {
    closeSync(file);
    rmSync(directory, { recursive: true, force: true });
  }
}
