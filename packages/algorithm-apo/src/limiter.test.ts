import { describe, expect, it } from 'vitest';
import { createLimiter } from './limiter.ts';

describe('createLimiter()', () => {
  it('runs at most so many at a time, in the order of the calls, and goes on after a failure', async () => {
    const limit = createLimiter(2);
    const started: number[] = [];
    const gates = Array.from({ length: 5 }, () => createGate());
    const runs = gates.map((gate, index) =>
      limit(async () => {
        started.push(index);
        await gate.promise;
        if (index === 0) throw new Error('first');
        return index;
      }),
    );
    expect(started).toEqual([0, 1]);
    gates[0]!.resolve();
    await expect(runs[0]).rejects.toThrow('first');
    expect(started).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    expect(await Promise.all(runs.slice(1))).toEqual([1, 2, 3, 4]);
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not limit when the limit is infinite', async () => {
    const limit = createLimiter(Number.POSITIVE_INFINITY);
    let running = 0;
    const gate = createGate();
    const runs = Array.from({ length: 100 }, () =>
      limit(() => {
        running += 1;
        return gate.promise;
      }),
    );
    expect(running).toBe(100);
    gate.resolve();
    await Promise.all(runs);
  });
});

function createGate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
