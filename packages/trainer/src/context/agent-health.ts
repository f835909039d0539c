import { isModelCallSpan, LightningError, MODEL_CALL_SPAN_NAME, type Span } from '@agentlightning/core';

/** How many attempts in a row may find the model endpoint unusable: few while nothing has ever worked, more later. */
const MODEL_PATIENCE_AT_START = 3;
const MODEL_PATIENCE_LATER = 10;
/** How many attempts in a row may fail before they call a model, while none has ever succeeded. */
const AGENT_PATIENCE = 8;

const REFUSED_STATUS = new Set([401, 403, 404]);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** An attempt that has ended, as far as its health goes. */
export interface EndedAttempt {
  /** Why it failed; `null` if it did not. */
  readonly error: string | null;
  readonly spans: readonly Span[];
}

/**
 * Notices that the agents cannot work at all, so that a search does not go on with scores of 0 and take an outage for a bad prompt:
 *
 * - their model endpoint cannot be used (wrong key, unknown model, no quota, nobody there);
 * - they fail before they call a model, so that no model and hardly a prompt can be the reason: a misspelt variable, a bug.
 */
export class AgentHealth {
  #hasModelWorked = false;
  #hasSucceeded = false;
  #unusableInARow = 0;
  #brokenInARow = 0;
  #lastReason: string | undefined;

  /**
   * Looks at an attempt that has ended.
   * @returns the error to stop the run with, if it is time
   */
  observe(attempt: EndedAttempt): LightningError | undefined {
    return this.#observeModel(attempt.spans.filter(isModelCall)) ?? this.#observeAgent(attempt);
  }

  /**
   * Looks back when an evaluation has ended: one with fewer tasks than the patience must not pass either.
   * @returns the error to stop the run with, if no model call of any attempt has ever got through
   */
  conclude(): LightningError | undefined {
    return this.#hasModelWorked || this.#unusableInARow === 0 ? undefined : this.#modelError();
  }

  #observeModel(calls: readonly Span[]): LightningError | undefined {
    if (calls.length === 0) return undefined;
    const reasons = calls.map(unusableReason);
    if (reasons.includes(undefined)) {
      this.#hasModelWorked ||= calls.some((span) => span.status.statusCode !== 'ERROR');
      this.#unusableInARow = 0;
      return undefined;
    }
    this.#unusableInARow += 1;
    this.#lastReason = reasons.at(-1);
    const patience = this.#hasModelWorked ? MODEL_PATIENCE_LATER : MODEL_PATIENCE_AT_START;
    return this.#unusableInARow < patience ? undefined : this.#modelError();
  }

  #observeAgent({ error, spans }: EndedAttempt): LightningError | undefined {
    if (error === null) this.#hasSucceeded = true;
    if (this.#hasSucceeded || spans.some(isModelCall)) {
      this.#brokenInARow = 0;
      return undefined;
    }
    this.#brokenInARow += 1;
    if (this.#brokenInARow < AGENT_PATIENCE) return undefined;
    return new LightningError(
      'ROLLOUT_FAILED',
      `The agent fails before it calls a model, in ${this.#brokenInARow} rollouts in a row and never otherwise: ${error}`,
      { details: { reason: error, rollouts: this.#brokenInARow } },
    );
  }

  #modelError(): LightningError {
    const rollouts = this.#unusableInARow;
    return new LightningError(
      'MODEL_UNAVAILABLE',
      `The agents cannot use their model: ${this.#lastReason} in ${rollouts} ${rollouts === 1 ? 'rollout' : 'rollouts in a row'}`,
      { details: { reason: this.#lastReason, rollouts } },
    );
  }
}

/** By its name too: a call that found nobody there was recorded before anything of it was sent. */
function isModelCall(span: Span): boolean {
  return span.name === MODEL_CALL_SPAN_NAME || isModelCallSpan(span);
}

/** Why the endpoint cannot be used, going by this call; `undefined` if it may well be usable. */
function unusableReason(span: Span): string | undefined {
  if (span.status.statusCode !== 'ERROR') return undefined;
  const { attributes } = span;
  const status = Number(attributes['http.response.status_code']);
  const error = String(attributes['error.type'] ?? '');
  if (REFUSED_STATUS.has(status)) return `status ${status}${describe(span)}`;
  if (status === 429 && span.status.description?.includes('insufficient_quota'))
    return `no quota left${describe(span)}`;
  if (UNREACHABLE.has(error)) return `${error}${describe(span)}`;
  return undefined;
}

function describe(span: Span): string {
  return span.status.description ? ` (${span.status.description})` : '';
}
