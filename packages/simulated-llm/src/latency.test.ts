import { describe, expect, it } from 'vitest';
import { drawLatencyMs } from './latency.ts';

describe('drawLatencyMs()', () => {
  it('is 0 for a kind of persona that the profile leaves out', () => {
    expect(drawLatencyMs({ critic: { kind: 'constant', ms: 5 } }, 'agent', 'body', 0)).toBe(0);
  });

  it('gives a constant to every body', () => {
    const profile = { agent: { kind: 'constant', ms: 60 } } as const;
    expect(drawLatencyMs(profile, 'agent', 'one', 0)).toBe(60);
    expect(drawLatencyMs(profile, 'agent', 'another', 7)).toBe(60);
  });

  it('draws a lognormal whose median and 99th percentile are those asked for', () => {
    const profile = { agent: { kind: 'lognormal', medianMs: 100, p99Ms: 400 } } as const;
    const draws = Array.from({ length: 20_000 }, (_, index) =>
      drawLatencyMs(profile, 'agent', `body ${index}`, 1),
    ).sort((a, b) => a - b);
    expect(draws[10_000]).toBeGreaterThan(96);
    expect(draws[10_000]).toBeLessThan(104);
    expect(draws[19_800]).toBeGreaterThan(360);
    expect(draws[19_800]).toBeLessThan(440);
  });

  it('depends on the body and the seed alone', () => {
    const profile = { critic: { kind: 'lognormal', medianMs: 10, p99Ms: 20 } } as const;
    const draw = (body: string, seed: number) => drawLatencyMs(profile, 'critic', body, seed);
    expect(draw('a', 1)).toBe(draw('a', 1));
    expect(draw('a', 1)).not.toBe(draw('b', 1));
    expect(draw('a', 1)).not.toBe(draw('a', 2));
  });
});
