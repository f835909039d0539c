import { LightningError } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { TestPacing } from '../../test/test-pacing.ts';
import { Outage } from './outage.ts';
import { type RetryOptions, retryDelayMs, withRetries } from './retry.ts';

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

/** A server that is away for a while from now on, and everything that asks it. */
function away(milliseconds: number, random?: () => number) {
  const pacing = new TestPacing(random);
  const back = pacing.now() + milliseconds;
  const tries = { calls: 0, probes: 0 };
  const ask = async (kind: keyof typeof tries): Promise<string> => {
    tries[kind] += 1;
    if (pacing.now() < back) throw unavailable();
    return 'done';
  };
  const outage = new Outage({ probe: () => ask('probes'), pacing });
  const retry = (options: Partial<RetryOptions> = {}): Promise<string> => {
    const signal = new AbortController().signal;
    const defaults = { budgetMs: 600_000, mayRepeat: async () => true, outage, pacing, signal };
    return withRetries(() => ask('calls'), { ...defaults, ...options });
  };
  return { pacing, back, tries, outage, retry };
}

describe('withRetries()', () => {
  it('rides out 60 s without the server, with one probe for all calls', async () => {
    const { pacing, back, tries, outage, retry } = away(60_000);
    const first = Array.from({ length: 20 }, () => retry());
    const later = pacing.pause(30_000).then(() => retry());
    await expect(pacing.whilePassing(Promise.all([...first, later]))).resolves.toEqual(Array(21).fill('done'));
    expect(pacing.now() - back).toBeLessThan(10_100);
    // 20 before anybody knew, and each once more; whoever comes while it is away does not try.
    expect(tries.calls).toBe(41);
    expect(tries.probes).toBeLessThan(20);
    expect(outage.isOn).toBe(false);
  });

  it('gives up when the budget is spent, with what the call met', async () => {
    const { pacing, tries, outage, retry } = away(3_600_000);
    const start = pacing.now();
    await expect(pacing.whilePassing(retry({ budgetMs: 600_000 }))).rejects.toMatchObject({
      message: 'not now (tried for 600 s)',
      details: { triedForMs: expect.any(Number) },
    });
    expect(pacing.now() - start).toBeGreaterThan(590_000);
    expect(pacing.now() - start).toBeLessThan(600_100);
    expect(tries.calls).toBe(1);
    // Nobody waits any more: nobody asks.
    expect(outage.isOn).toBe(false);
    const { probes } = tries;
    await pacing.whilePassing(pacing.pause(60_000));
    expect(tries.probes).toBe(probes);
  });

  it('pauses between tries also when the server answers others', async () => {
    const pacing = new TestPacing(() => 0.999);
    const outage = new Outage({ probe: async () => 'well', pacing });
    let tries = 0;
    const call = async (): Promise<never> => {
      tries += 1;
      throw unavailable();
    };
    const signal = new AbortController().signal;
    const options = { budgetMs: 60_000, mayRepeat: async () => true, outage, pacing, signal };
    await expect(pacing.whilePassing(withRetries(call, options))).rejects.toThrow('not now');
    // 0.1 + 0.2 + … + 6.4 s, then every 10 s.
    expect(tries).toBe(12);
  });

  it('tries once without a budget', async () => {
    const { tries, retry } = away(1);
    await expect(retry({ budgetMs: 0 })).rejects.toThrow('not now');
    expect(tries).toEqual({ calls: 1, probes: 0 });
  });

  it('makes a call that may not happen twice again only if it has not arrived', async () => {
    const { tries, retry } = away(1);
    await expect(retry({ mayRepeat: async () => false })).rejects.toThrow('not now');
    expect(tries.calls).toBe(1);

    const { pacing, outage, retry: retryOther } = away(5_000);
    const asked: string[] = [];
    const call = async (): Promise<string> => {
      asked.push('once');
      if (asked.length === 1) throw unavailable({ connected: false });
      return 'done';
    };
    const signal = new AbortController().signal;
    const options = { budgetMs: 600_000, mayRepeat: async () => false, outage, pacing, signal };
    await expect(pacing.whilePassing(withRetries(call, options))).resolves.toBe('done');
    expect(asked).toHaveLength(2);
    await expect(retryOther()).resolves.toBe('done');
  });

  it('does not begin a pause that goes beyond the budget', async () => {
    const { pacing, outage } = away(0);
    let tries = 0;
    const call = async (): Promise<never> => {
      tries += 1;
      throw unavailable({ status: 503, retryAfterMs: 60_000 });
    };
    const signal = new AbortController().signal;
    const options = { budgetMs: 1_000, mayRepeat: async () => true, outage, pacing, signal };
    await expect(withRetries(call, options)).rejects.toThrow('not now');
    expect(tries).toBe(1);
  });

  it('ends a pause when it is stopped', async () => {
    const controller = new AbortController();
    const { tries, outage, retry } = away(3_600_000);
    const result = retry({ signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    expect(outage.isOn).toBe(true);
    controller.abort();
    await expect(result).rejects.toThrow('not now');
    expect(tries.calls).toBe(1);
    expect(outage.isOn).toBe(false);
  });
});
