import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';

const KINDS = ['MessagePort', 'Worker', 'TCPServerWrap', 'TCPSocketWrap', 'Timeout'];

/** How long something that was closed may take to be gone, timers of the test runner included. What leaks stays for ever. */
const PATIENCE_MS = 30_000;

/** What keeps this process alive, of the kinds that a strategy opens. Call it in a hook: the timer of a hook or test is one of them. */
export const openResources = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => KINDS.includes(kind))
    .sort();

/** Fails when something is open that was not open before. */
export async function expectNothingLeft(before: readonly string[]): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline && beyond(openResources(), before).length > 0) await setImmediate();
  expect(beyond(openResources(), before)).toEqual([]);
}

function beyond(now: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return now.filter((kind) => {
    const at = left.indexOf(kind);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
