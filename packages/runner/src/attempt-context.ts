import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger, RolloutContext, SpanDraft, SpanSink } from '@agentlightning/core';

/** What belongs to one attempt while its agent runs. */
export interface AttemptContext {
  readonly rollout: RolloutContext;
  /** 32 hex digits, shared by the spans of the attempt. */
  readonly traceId: string;
  /** Where the attempt's spans go. */
  readonly sink: SpanSink;
  readonly logger: Logger;
}

interface Scope {
  readonly attempt: AttemptContext;
  /** Span id of the innermost open operation. */
  readonly operationId: string | null;
}

const scopes = new AsyncLocalStorage<Scope>();

/** Runs `body` so that it, and everything asynchronous it starts, belongs to `attempt`. */
export function runInAttempt<T>(attempt: AttemptContext, body: () => T): T {
  return scopes.run({ attempt, operationId: null }, body);
}

/** Runs `body` as part of the operation whose span has the id `operationId`. Outside an attempt: just runs it. */
export function runInOperation<T>(operationId: string, body: () => T): T {
  const scope = scopes.getStore();
  return scope === undefined ? body() : scopes.run({ attempt: scope.attempt, operationId }, body);
}

/** The attempt this async context belongs to; `undefined` outside of one. */
export function currentAttempt(): AttemptContext | undefined {
  return scopes.getStore()?.attempt;
}

/** Span id of the operation this async context belongs to; `null` when none is open. */
export function currentOperationId(): string | null {
  return scopes.getStore()?.operationId ?? null;
}

/**
 * The rollout that the calling code works for, so that code deep inside an agent needs no parameter for it; `undefined` outside of
 * one. Holds across `await`, timers and callbacks, for any number of rollouts at once.
 */
export function currentRollout(): RolloutContext | undefined {
  return currentAttempt()?.rollout;
}

/** Records `draft` in the attempt this async context belongs to, below the open operation. `false` outside of one. */
export function recordSpan(draft: SpanDraft): boolean {
  const scope = scopes.getStore();
  if (scope === undefined) return false;
  scope.attempt.sink.add({ parentId: scope.operationId, ...draft });
  return true;
}
