import { LightningError, type Span } from '@agentlightning/core';

/** How many attempts in a row may find the model endpoint unusable: few while nothing has ever worked, more later. */
const PATIENCE_AT_START = 3;
const PATIENCE_LATER = 10;

const REFUSED_STATUS = new Set([401, 403, 404]);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/**
 * Notices that the agents' model endpoint cannot be used at all (wrong key, unknown model, nobody there). Every rollout would then fail, the
 * search would go on with scores of 0, and an outage would look like a bad prompt.
 */
export class AgentModelHealth {
  #hasEverWorked = false;
  #unusableInARow = 0;
  #lastReason: string | undefined;

  /**
   * Looks at the spans of one attempt that has ended.
   * @returns the error to stop the run with, if it is time
   */
  observe(spans: readonly Span[]): LightningError | undefined {
    const calls = spans.filter(isModelCall);
    if (calls.length === 0) return undefined;
    const reasons = calls.map(unusableReason);
    if (reasons.includes(undefined)) {
      this.#hasEverWorked ||= calls.some((span) => span.status.statusCode !== 'ERROR');
      this.#unusableInARow = 0;
      return undefined;
    }
    this.#unusableInARow += 1;
    this.#lastReason = reasons.at(-1);
    const patience = this.#hasEverWorked ? PATIENCE_LATER : PATIENCE_AT_START;
    return this.#unusableInARow < patience ? undefined : this.#error();
  }

  /**
   * Looks back when an evaluation has ended: one with fewer tasks than the patience must not pass either.
   * @returns the error to stop the run with, if no call of any attempt has ever got through
   */
  conclude(): LightningError | undefined {
    return this.#hasEverWorked || this.#unusableInARow === 0 ? undefined : this.#error();
  }

  #error(): LightningError {
    const rollouts = this.#unusableInARow;
    return new LightningError(
      'MODEL_UNAVAILABLE',
      `The agents cannot use their model: ${this.#lastReason} in ${rollouts} ${rollouts === 1 ? 'rollout' : 'rollouts in a row'}`,
      { details: { reason: this.#lastReason, rollouts } },
    );
  }
}

function isModelCall(span: Span): boolean {
  return 'gen_ai.request.model' in span.attributes;
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
