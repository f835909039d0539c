import { describe, expect, it } from 'vitest';
import { type Fault, type FaultRule, FaultSchedule } from './faults.ts';

const fault: Fault = { kind: 'reset' };

/** Kinds of the faults that meet these requests, '-' for none. */
function kindsOf(
  rules: readonly FaultRule[],
  requests: readonly { model?: string; body: string }[],
  seed = 0,
): string[] {
  const schedule = new FaultSchedule(rules, seed);
  const counts = new Map<string, number>();
  return requests.map(({ model = 'sim-critic', body }) => {
    const occurrence = (counts.get(body) ?? 0) + 1;
    counts.set(body, occurrence);
    return schedule.next({ model, bodyHash: body, occurrence })?.kind ?? '-';
  });
}

describe('FaultSchedule', () => {
  it('meets every request with a rule without conditions', () => {
    expect(kindsOf([{ fault }], [{ body: 'a' }, { body: 'b' }])).toEqual(['reset', 'reset']);
  });

  it('counts requests by model', () => {
    const requests = [
      { model: 'sim-editor', body: 'a' },
      { model: 'sim-critic', body: 'b' },
      { model: 'sim-editor', body: 'c' },
    ];
    expect(kindsOf([{ fault, model: 'sim-editor', requests: [2] }], requests)).toEqual(['-', '-', 'reset']);
  });

  it('fails the first occurrence of each body and lets its retry pass', () => {
    const bodies = ['a', 'b', 'a', 'b'].map((body) => ({ body }));
    expect(kindsOf([{ fault, occurrences: [1] }], bodies)).toEqual(['reset', 'reset', '-', '-']);
  });

  it('lets the first matching rule win, and goes on counting for the others', () => {
    const rules: FaultRule[] = [
      { fault, requests: [1] },
      { fault: { kind: 'html' }, requests: [1, 2] },
    ];
    expect(kindsOf(rules, [{ body: 'a' }, { body: 'b' }, { body: 'c' }])).toEqual(['reset', 'html', '-']);
  });

  it('meets the stated share of the requests, the same ones in any order', () => {
    const bodies = Array.from({ length: 2_000 }, (_, index) => ({ body: `body ${index}` }));
    const kinds = kindsOf([{ fault, rate: 0.25 }], bodies);
    const share = kinds.filter((kind) => kind === 'reset').length / bodies.length;
    expect(share).toBeGreaterThan(0.21);
    expect(share).toBeLessThan(0.29);
    expect(kindsOf([{ fault, rate: 0.25 }], bodies.toReversed()).reverse()).toEqual(kinds);
    expect(kindsOf([{ fault, rate: 0.25 }], bodies, 1)).not.toEqual(kinds);
  });

  it('draws a retry of the same body anew', () => {
    const kinds = kindsOf(
      [{ fault, rate: 0.5 }],
      Array.from({ length: 60 }, () => ({ body: 'same' })),
    );
    expect(new Set(kinds).size).toBe(2);
  });
});
