import { apoBounded } from './apo-bounded.ts';
import { apoCritical } from './apo-critical.ts';
import { apoInvariance } from './apo-invariance.ts';
import { apoOverhead } from './apo-overhead.ts';
import { apoVsUpstream, apoVsUpstreamDefaults, apoVsUpstreamFullLatencies } from './apo-vs-upstream.ts';
import type { Bench } from './bench.ts';
import { dispatchIdle } from './dispatch-idle.ts';
import { growth } from './growth.ts';
import { memorySpans } from './memory-spans.ts';

/** All there are, in the order in which they are run and shown. */
export const BENCHES: readonly Bench[] = [
  apoCritical,
  apoBounded,
  apoOverhead,
  apoInvariance,
  apoVsUpstream,
  apoVsUpstreamFullLatencies,
  apoVsUpstreamDefaults,
  dispatchIdle,
  growth,
  memorySpans,
];
