import { normal } from './deterministic-random.ts';
import type { PersonaKind } from './personas/persona.ts';

/** How long a model takes, in milliseconds. A lognormal is given by its median and its 99th percentile. */
export type LatencyDistribution =
  | { readonly kind: 'constant'; readonly ms: number }
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly p99Ms: number };

/** Latency of each kind of persona; a kind left out answers at once. */
export type LatencyProfile = Readonly<Partial<Record<PersonaKind, LatencyDistribution>>> & {
  /** How many requests are worked on at once, the rest queueing first in, first out. Default: no limit. */
  readonly servers?: number;
};

/** The 99th percentile of the standard normal distribution. */
const normalP99 = 2.3263478740408408;

/**
 * The latency that the server gives a request: a function of its body, so that every order of execution sees the same draws and a
 * benchmark can work out its bound from them. Time spent queueing for one of `servers` comes on top.
 * @param bodyHash hash of the raw body, as {@link hashBody} and the request log give it
 * @param seed of the server
 * @returns milliseconds, at least 0
 */
export function drawLatencyMs(profile: LatencyProfile, persona: PersonaKind, bodyHash: string, seed: number): number {
  const distribution = profile[persona];
  if (distribution === undefined) return 0;
  if (distribution.kind === 'constant') return distribution.ms;
  const sigma = Math.log(distribution.p99Ms / distribution.medianMs) / normalP99;
  return distribution.medianMs * Math.exp(sigma * normal('latency', seed, bodyHash));
}
