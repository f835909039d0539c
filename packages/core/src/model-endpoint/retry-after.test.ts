import { describe, expect, it } from 'vitest';
import { type HeaderReader, rateLimits, retryAfterMs } from './retry-after.ts';

const headers =
  (values: Readonly<Record<string, string>>): HeaderReader =>
  (name) =>
    values[name] ?? null;
const NOW = Date.UTC(2026, 0, 12, 14, 30) / 1000;

describe('retryAfterMs()', () => {
  it.each<[headers: Record<string, string>, ms: number | undefined]>([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': ' 0.5 ' }, 500],
    [{ 'retry-after': 'Mon, 12 Jan 2026 14:30:20 GMT' }, 20_000],
    [{ 'retry-after': 'Mon, 12 Jan 2026 14:29:20 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': '1e9' }, undefined],
    [{}, undefined],
  ])('reads %j', (values, ms) => {
    expect(retryAfterMs(headers(values), NOW)).toBe(ms);
  });
});

describe('rateLimits()', () => {
  it('reads what is left of requests and of tokens', () => {
    const values = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0.5s',
    };
    expect(rateLimits(headers(values))).toEqual([
      { of: 'requests', limit: 60, remaining: 59, resetMs: 1000 },
      { of: 'tokens', limit: null, remaining: 149_984, resetMs: 360_500 },
    ]);
  });

  it.each([
    ['20ms', 20],
    ['2', 2000],
    ['1h2m', 3_720_000],
    ['1d', 86_400_000],
  ])('reads a reset of %s', (reset, resetMs) => {
    const values = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': reset };
    expect(rateLimits(headers(values))).toEqual([{ of: 'requests', limit: null, remaining: 0, resetMs }]);
  });

  it.each(['', 'soon', '2026-01-12T14:30:00Z', '-1s', '5 parsecs', '9'.repeat(100_000)])(
    'reads no limit with a reset of %.20s',
    (reset) => {
      const values = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': reset };
      expect(rateLimits(headers(values)).filter(({ resetMs }) => Number.isFinite(resetMs))).toEqual([]);
    },
  );
});
