import { LightningError, silentLogger } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { backoffMs, retryWhileUnavailable } from './store-retry.ts';

const unavailable = new LightningError('UNAVAILABLE', 'away');

/** Lets time pass until the promise has settled. */
async function settle<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const finish = (): void => {
    done = true;
  };
  promise.then(finish, finish);
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(0.05);
  }
  return promise;
}

describe('retryWhileUnavailable()', () => {
  it('comes back until the store answers', async () => {
    const clock = new VirtualClock();
    let tries = 0;
    const call = async (): Promise<string> => {
      tries += 1;
      if (tries < 4) throw unavailable;
      return 'there';
    };
    expect(await settle(clock, retryWhileUnavailable(call, { clock, logger: silentLogger, budgetMs: 60_000 }))).toBe(
      'there',
    );
    expect(tries).toBe(4);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up when the budget is used up', async () => {
    const clock = new VirtualClock();
    const began = clock.now();
    const call = (): Promise<never> => Promise.reject(unavailable);
    const options = { clock, logger: silentLogger, budgetMs: 30_000 };
    await expect(settle(clock, retryWhileUnavailable(call, options))).rejects.toBe(unavailable);
    expect(clock.now() - began).toBeLessThanOrEqual(31);
  });

  it('passes every other error on at once', async () => {
    let tries = 0;
    const call = (): Promise<never> => {
      tries += 1;
      return Promise.reject(new LightningError('NOT_FOUND', 'nothing'));
    };
    const options = { clock: new VirtualClock(), logger: silentLogger, budgetMs: 60_000 };
    await expect(retryWhileUnavailable(call, options)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(tries).toBe(1);
  });

  it('does not ask a store again that has tried for a while by itself', async () => {
    let tries = 0;
    const error = new LightningError('UNAVAILABLE', 'away (tried for 600 s)', { details: { triedForMs: 600_000 } });
    const call = (): Promise<never> => {
      tries += 1;
      return Promise.reject(error);
    };
    const options = { clock: new VirtualClock(), logger: silentLogger, budgetMs: 60_000 };
    await expect(retryWhileUnavailable(call, options)).rejects.toBe(error);
    expect(tries).toBe(1);
  });

  it('tries once more, and not again, when it is aborted while it waits', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    let tries = 0;
    const call = (): Promise<never> => {
      tries += 1;
      return Promise.reject(unavailable);
    };
    const options = { clock, logger: silentLogger, budgetMs: 60_000, signal: abort.signal };
    const retrying = retryWhileUnavailable(call, options);
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(retrying).rejects.toBe(unavailable);
    expect(tries).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('backoffMs()', () => {
  it('doubles from 100 ms to 10 s, drawn from the upper half', () => {
    for (const [attempt, full] of [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000].entries()) {
      const delay = backoffMs(attempt);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    }
    expect(backoffMs(10_000)).toBeLessThanOrEqual(10_000);
  });
});
