/** Reads one header of a response by its lower-case name. */
export type HeaderReader = (name: string) => string | null | undefined;

/**
 * How long a response asks to be left alone: `retry-after-ms`, else `Retry-After` in seconds or as a date.
 *
 * @param now - seconds since the epoch, for a date
 * @returns milliseconds, 0 for a date that has passed; `undefined` if it does not ask, or nobody can read what
 */
export function retryAfterMs(header: HeaderReader, now: number): number | undefined {
  const exact = numberIn(header('retry-after-ms'));
  if (exact !== undefined) return exact;
  const text = header('retry-after');
  const seconds = numberIn(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? undefined : Math.max(0, date - now * 1000);
}

/** What an endpoint says is left of one of its limits. */
export interface RateLimit {
  readonly of: 'requests' | 'tokens';
  /** How much there is when nothing was used; `null` if it does not say. */
  readonly limit: number | null;
  readonly remaining: number;
  /** Milliseconds until all of it is there again. */
  readonly resetMs: number;
}

/**
 * What the `x-ratelimit-…` headers of a response say of requests and of tokens, as OpenAI and those who follow it send them: a reset is a duration (`1s`, `6m0s`,
 * `20ms`) or a number of seconds.
 *
 * @returns the limits that are told whole, often none
 */
export function rateLimits(header: HeaderReader): RateLimit[] {
  return (['requests', 'tokens'] as const).flatMap((what) => {
    const remaining = numberIn(header(`x-ratelimit-remaining-${what}`));
    const resetMs = durationMs(header(`x-ratelimit-reset-${what}`));
    if (remaining === undefined || resetMs === undefined) return [];
    return [{ of: what, limit: numberIn(header(`x-ratelimit-limit-${what}`)) ?? null, remaining, resetMs }];
  });
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(text: string | null | undefined): number | undefined {
  const seconds = numberIn(text);
  if (seconds !== undefined) return seconds * 1000;
  const trimmed = text?.trim() ?? '';
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(trimmed)) return undefined;
  return [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit!]!,
    0,
  );
}

/** A plain number of at least 0. */
function numberIn(text: string | null | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d+(?:\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
