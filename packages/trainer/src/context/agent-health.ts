import {
  ENDPOINT_REASONS,
  type EndpointReason,
  isModelCallSpan,
  LightningError,
  MODEL_CALL_SPAN_NAME,
  type Span,
  withoutKeys,
} from '@agentlightning/core';

/** How many attempts in a row may find the model endpoint refusing or gone: few while nothing has ever worked, more later. */
const MODEL_PATIENCE_AT_START = 3;
const MODEL_PATIENCE_LATER = 10;
/** How many attempts in a row may have nothing but failed model calls, of whatever kind, while none has ever worked. */
const MODEL_PATIENCE_FOR_ANYTHING = 8;
/** How many attempts in a row may fail before they call a model, while none has ever succeeded. */
const AGENT_PATIENCE = 8;
/** The same when an evaluation is over: what follows it may cost money, and is to learn from an agent that works. */
const AGENT_PATIENCE_AT_END = 4;

const REFUSED_STATUS = new Set([401, 403, 404]);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** An attempt that has ended, as far as its health goes. */
export interface EndedAttempt {
  /** Why it failed; `null` if it did not. */
  readonly error: string | null;
  readonly spans: readonly Span[];
  /** What its runner found its endpoint to be the reason of. */
  readonly reason?: EndpointReason | undefined;
}

/**
 * Notices that the agents cannot work at all, so that a search does not go on with scores of 0 and take an outage for a bad prompt:
 *
 * - their model endpoint refuses them (wrong key, no quota): once is enough, as their runners say so;
 * - their model endpoint cannot be used otherwise (unknown model, nobody there, an outage that lasts; or whatever it is, as long as no call has ever worked);
 * - they fail before they call a model, so that no model and hardly a prompt can be the reason: a misspelt variable, a bug.
 */
export class AgentHealth {
  #hasModelWorked = false;
  #hasSucceeded = false;
  #outagesInARow = 0;
  #unusableInARow = 0;
  #failingInARow = 0;
  #brokenInARow = 0;
  #lastReason: string | undefined;
  #lastError: string | null = null;

  /**
   * Looks at an attempt that has ended.
   * @returns the error to stop the run with, if it is time
   */
  observe(attempt: EndedAttempt): LightningError | undefined {
    return (
      this.#observeReason(attempt) ??
      this.#observeModel(attempt.spans.filter(isModelCall)) ??
      this.#observeAgent(attempt)
    );
  }

  /**
   * Looks at an attempt that is tried again, as its endpoint was in trouble. Trouble passes where a model has worked before; where none ever has, an address that
   * is wrong, or a server that does not run, is not waited for. A rate limit is: it shows that somebody is there.
   * @returns the error to stop the run with, if it is time
   */
  observeRetry(spans: readonly Span[]): LightningError | undefined {
    const calls = spans.filter(isModelCall);
    return this.#hasModelWorked || calls.some(isRateLimited) ? undefined : this.#observeModel(calls);
  }

  /**
   * Looks back when an evaluation has ended: one with fewer tasks than the patience must not pass either.
   * @returns the error to stop the run with, if no model call of any attempt has ever got through, or no agent to its first one
   */
  conclude(): LightningError | undefined {
    if (this.#brokenInARow >= AGENT_PATIENCE_AT_END) return this.#agentError();
    return this.#hasModelWorked || this.#failingInARow === 0 ? undefined : this.#modelError(this.#failingInARow);
  }

  #observeReason({ reason, error, spans }: EndedAttempt): LightningError | undefined {
    this.#outagesInARow = reason === ENDPOINT_REASONS.outage ? this.#outagesInARow + 1 : 0;
    if (reason === undefined) return undefined;
    this.#lastReason = troubleIn(spans) ?? error ?? reason;
    if (reason === ENDPOINT_REASONS.refused) return this.#modelError(1);
    return this.#outagesInARow < this.#patience ? undefined : this.#modelError(this.#outagesInARow);
  }

  get #patience(): number {
    return this.#hasModelWorked ? MODEL_PATIENCE_LATER : MODEL_PATIENCE_AT_START;
  }

  #observeModel(calls: readonly Span[]): LightningError | undefined {
    if (calls.length === 0) return undefined;
    if (calls.some((span) => span.status.statusCode !== 'ERROR')) {
      this.#hasModelWorked = true;
      this.#unusableInARow = 0;
      return undefined;
    }
    this.#unusableInARow = calls.every(isUnusable) ? this.#unusableInARow + 1 : 0;
    this.#failingInARow += 1;
    this.#lastReason = reasonOf(calls.at(-1)!);
    if (this.#unusableInARow >= this.#patience) return this.#modelError(this.#unusableInARow);
    const isHopeless = !this.#hasModelWorked && this.#failingInARow >= MODEL_PATIENCE_FOR_ANYTHING;
    return isHopeless ? this.#modelError(this.#failingInARow) : undefined;
  }

  #observeAgent({ error, spans }: EndedAttempt): LightningError | undefined {
    if (error === null) this.#hasSucceeded = true;
    if (this.#hasSucceeded || spans.some(isModelCall)) {
      this.#brokenInARow = 0;
      return undefined;
    }
    this.#brokenInARow += 1;
    this.#lastError = error;
    return this.#brokenInARow < AGENT_PATIENCE ? undefined : this.#agentError();
  }

  #agentError(): LightningError {
    const rollouts = this.#brokenInARow;
    return new LightningError(
      'ROLLOUT_FAILED',
      `The agent fails before it calls a model, in ${rollouts} rollouts in a row and never otherwise: ${this.#lastError}`,
      { details: { reason: this.#lastError, rollouts } },
    );
  }

  #modelError(attempts: number): LightningError {
    return new LightningError(
      'MODEL_UNAVAILABLE',
      `The agents cannot use their model: ${this.#lastReason} in ${attempts} ${attempts === 1 ? 'attempt' : 'attempts in a row'}`,
      { details: { reason: this.#lastReason, attempts } },
    );
  }
}

/** What the last failed model call of an attempt came to; `undefined` if none failed. */
export function troubleIn(spans: readonly Span[]): string | undefined {
  const call = spans.findLast((span) => isModelCall(span) && span.status.statusCode === 'ERROR');
  return call === undefined ? undefined : reasonOf(call);
}

/** Whether a model call among these was answered. */
export function hasAnswer(spans: readonly Span[]): boolean {
  return spans.some((span) => isModelCall(span) && span.status.statusCode !== 'ERROR');
}

/** By its name too: a call that found nobody there was recorded before anything of it was sent. */
function isModelCall(span: Span): boolean {
  return span.name === MODEL_CALL_SPAN_NAME || isModelCallSpan(span);
}

function isRateLimited({ attributes }: Span): boolean {
  return Number(attributes['http.response.status_code']) === 429;
}

/** Whether a failed call says that the endpoint cannot be used, and will not be soon. */
function isUnusable(span: Span): boolean {
  const { attributes, status } = span;
  const code = Number(attributes['http.response.status_code']);
  if (REFUSED_STATUS.has(code) || UNREACHABLE.has(String(attributes['error.type']))) return true;
  return code === 429 && status.description?.includes('insufficient_quota') === true;
}

function reasonOf({ attributes, status }: Span): string {
  const code = attributes['http.response.status_code'];
  const what = code === undefined ? String(attributes['error.type'] ?? 'an error') : `status ${String(code)}`;
  return status.description ? `${what} (${withoutKeys(status.description)})` : what;
}
