/**
 * What leaves the store is a copy, so that nobody can change a record behind its back: the same whether the caller is
 * in the process or behind HTTP. Plain loops over known shapes; `structuredClone` costs ten times as much.
 */
import type { Attempt } from '../rollout/attempt.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { Span } from '../span/span.ts';
import { cloneJson } from './json-copy.ts';

/** A copy of a rollout. */
export function copyRollout(rollout: Rollout): Rollout {
  return {
    ...rollout,
    input: cloneJson(rollout.input),
    config: { ...rollout.config, retryCondition: [...rollout.config.retryCondition] },
    metadata: cloneJson(rollout.metadata),
  };
}

/** A copy of an attempt. */
export function copyAttempt(attempt: Attempt): Attempt {
  return { ...attempt, metadata: cloneJson(attempt.metadata) };
}

/** A copy of a span. */
export function copySpan(span: Span): Span {
  return cloneJson(span);
}
