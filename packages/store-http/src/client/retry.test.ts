import { LightningError } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { retryDelayMs, withRetries } from './retry.ts';

const unavailable = (details: Record<string, unknown> = {}) =>
  new LightningError('UNAVAILABLE', 'not now', { details });

describe('retryDelayMs()', () => {
  it('doubles the longest pause from 100 ms to 10 s and takes a random part of it', () => {
    const longest = Array.from({ length: 9 }, (_, i) => retryDelayMs(unavailable(), i + 1, () => 1));
    expect(longest).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(retryDelayMs(unavailable(), 3, () => 0.25)).toBe(100);
    expect(retryDelayMs(unavailable(), 5_000, () => 1)).toBe(10_000);
  });

  it('is what the server asked for', () => {
    expect(retryDelayMs(unavailable({ status: 503, retryAfterMs: 3_000 }), 1, () => 0)).toBe(3_000);
  });

  it.each([408, 502, 503, 504])('tries again after status %d', (status) => {
    expect(retryDelayMs(unavailable({ status }), 1, () => 0)).toBe(0);
  });

  it.each([200, 404, 500])('does not try again after status %d', (status) => {
    expect(retryDelayMs(unavailable({ status }), 1, () => 0)).toBeUndefined();
  });

  it.each(['NOT_FOUND', 'STORE_CLOSING', 'UNAUTHENTICATED', 'INVALID_ARGUMENT', 'ABORTED'] as const)(
    'does not try again after %s',
    (code) => {
      expect(retryDelayMs(new LightningError(code, 'no'), 1, () => 0)).toBeUndefined();
    },
  );
});

describe('withRetries()', () => {
  function failing(
    times: number,
    error: unknown = unavailable(),
  ): { call: () => Promise<string>; tries: () => number } {
    let tries = 0;
    const call = async (): Promise<string> => {
      tries += 1;
      if (tries <= times) throw error;
      return 'done';
    };
    return { call, tries: () => tries };
  }

  it('calls until it succeeds', async () => {
    const { call, tries } = failing(5);
    await expect(withRetries(call, { budgetMs: 1_000, random: () => 0 })).resolves.toBe('done');
    expect(tries()).toBe(6);
  });

  it('tries once without a budget', async () => {
    const { call, tries } = failing(1);
    await expect(withRetries(call, { budgetMs: 0 })).rejects.toThrow('not now');
    expect(tries()).toBe(1);
  });

  it('does not begin a pause that goes beyond the budget', async () => {
    const { call, tries } = failing(1, unavailable({ retryAfterMs: 60_000 }));
    await expect(withRetries(call, { budgetMs: 1_000 })).rejects.toThrow('not now');
    expect(tries()).toBe(1);
  });

  it('ends a pause when it is stopped', async () => {
    const controller = new AbortController();
    const { call, tries } = failing(1, unavailable({ retryAfterMs: 60_000 }));
    const result = withRetries(call, { budgetMs: 600_000, signal: controller.signal });
    controller.abort();
    await expect(result).rejects.toThrow('not now');
    expect(tries()).toBe(1);
  });
});
