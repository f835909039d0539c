import {
  type Clock,
  ENDPOINT_REASONS,
  type EndpointReason,
  endpointFailureOf,
  failureOfStatus,
  isConnectionCode,
  isModelClientError,
  MODEL_CALL_SPAN_NAME,
  retryAfterMs,
  type SpanAttributes,
  type SpanDraft,
  type SpanSink,
} from '@agentlightning/core';
import type { ClaimBrake } from './claim-brake.ts';
import { ERROR_CODE_ATTRIBUTE, RESPONSE_HEADER_PREFIX } from './tracer/model-call.ts';

/** What an {@link EndpointWatch} works with. */
export interface EndpointWatchOptions {
  /** Where spans go on to. */
  readonly sink: SpanSink;
  /** Held when an endpoint asks to be left alone. */
  readonly brake: ClaimBrake;
  readonly clock: Clock;
  readonly conceal: (secrets: readonly string[]) => void;
}

type CallEnd = 'answered' | 'passing' | 'refused' | 'other';

/**
 * Looks at the model calls of one attempt as they are recorded, to tell an attempt that says nothing about its task from one that does: that its endpoint was
 * down, or does not take its key, is not the prompt's fault.
 */
export class EndpointWatch implements SpanSink {
  readonly #options: EndpointWatchOptions;
  #last: CallEnd | undefined;
  #isRefusedOnly = true;

  constructor(options: EndpointWatchOptions) {
    this.#options = options;
  }

  add(draft: SpanDraft): void {
    if (draft.name === MODEL_CALL_SPAN_NAME) this.#see(draft);
    this.#options.sink.add(draft);
  }

  conceal(secrets: readonly string[]): void {
    this.#options.conceal(secrets);
  }

  /**
   * Whether the attempt came to nothing because of its endpoint.
   *
   * - Refused: it failed and its last call was refused, or it did not fail and all its calls were: an agent that gives a reward without an answer.
   * - Outage: what it threw is a model client's error of that kind, or some other error of that kind while its last call failed so.
   *
   * @param failure - what the agent threw, if it did
   */
  reason(failure: { readonly error: unknown } | undefined): EndpointReason | undefined {
    if (failure === undefined)
      return this.#last === 'refused' && this.#isRefusedOnly ? ENDPOINT_REASONS.refused : undefined;
    if (this.#last === 'refused') return ENDPOINT_REASONS.refused;
    const kind = endpointFailureOf(failure.error)?.kind;
    if (kind === undefined || (kind !== this.#last && !isModelClientError(failure.error))) return undefined;
    return kind === 'refused' ? ENDPOINT_REASONS.refused : ENDPOINT_REASONS.outage;
  }

  #see({ attributes, status }: SpanDraft): void {
    const end = status?.statusCode === 'ERROR' ? endOf(attributes) : 'answered';
    this.#last = end;
    this.#isRefusedOnly &&= end === 'refused';
    if (end !== 'passing') return;
    const asked = retryAfterMs((name) => headerOf(attributes, name), this.#options.clock.now());
    if (asked !== undefined) this.#options.brake.hold(asked);
  }
}

function endOf(attributes: SpanAttributes): CallEnd {
  if (isConnectionCode(attributes['error.type'])) return 'passing';
  const status = Number(attributes['http.response.status_code']);
  return failureOfStatus(status, [attributes[ERROR_CODE_ATTRIBUTE]]) ?? 'other';
}

function headerOf(attributes: SpanAttributes, name: string): string | undefined {
  const value = attributes[`${RESPONSE_HEADER_PREFIX}${name}`];
  return Array.isArray(value) ? String(value[0]) : undefined;
}
