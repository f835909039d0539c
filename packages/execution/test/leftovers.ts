import { expect } from 'vitest';

const KINDS = ['MessagePort', 'Worker', 'TCPServerWrap', 'TCPSocketWrap', 'Timeout'];

/** What keeps this process alive, of the kinds that a strategy opens. */
export const openResources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => KINDS.includes(kind))
    .sort();

/** Waits until nothing is open that was not open before. Sockets are gone some turns of the event loop after they were closed. */
export async function expectNothingLeft(before: readonly string[]): Promise<void> {
  await expect.poll(() => beyond(openResources(), before), { interval: 10, timeout: 2000 }).toEqual([]);
}

function beyond(now: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return now.filter((kind) => {
    const at = left.indexOf(kind);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
