import {
  endpointFailureOf,
  isLightningError,
  isModelClientError,
  LightningError,
  withoutKeys,
} from '@agentlightning/core';

/** Which model a call went to, as far as the step said so. */
export interface AskedModel {
  readonly host?: string;
  readonly model?: string;
}

/** Longest part of an endpoint's answer that is repeated, in characters: some answer with pages. */
const MAX_REASON_CHARS = 1000;

/** What the run itself ends a call with when it has tried enough. */
const GIVEN_UP: ReadonlySet<string> = new Set(['TIMEOUT', 'MODEL_UNAVAILABLE']);

/** How deep an error's causes are looked at. */
const MAX_CAUSES = 8;

/** Knows what the model calls of one step ended with, so that the step's own failure can be told from that of a model. */
export class StepModelErrors {
  readonly #asked = new Map<unknown, AskedModel>();

  /** Notes with what a call ended. */
  note(error: unknown, asked: AskedModel): void {
    this.#asked.set(error, asked);
  }

  /**
   * What a step has failed with, as the run is told: `MODEL_UNAVAILABLE`, with which a run pauses, if it is the failure of a model's endpoint, be it thrown as it came or as the `cause` of
   * another error; anything else as it is. A failure to reach something else, which no model client and no `llm` threw, is the step's own.
   *
   * @param where - the step, as messages name it
   */
  toThrow(error: unknown, where: string): unknown {
    if (isLightningError(error) && !GIVEN_UP.has(error.code)) return error;
    const isOutOfRetries = isLightningError(error, 'MODEL_UNAVAILABLE');
    const asked = this.#askedBehind(error);
    if (asked === undefined && !isModelClientError(error)) return error;
    const cause = isOutOfRetries ? error.cause : error;
    const failure = endpointFailureOf(cause);
    if (failure === undefined) return error;
    const { host = '', model = '' } = asked ?? {};
    const reason = presentable(isOutOfRetries ? `${messageOf(cause)}. ${error.message}` : messageOf(cause));
    const which = `${model === '' ? 'its model' : `the model '${model}'`}${host === '' ? '' : ` at ${host}`}`;
    return new LightningError('MODEL_UNAVAILABLE', `The step "${where}" cannot use ${which}: ${reason}`, {
      // Not the error itself: it carries the request and response.
      cause: new Error(reason),
      details: {
        step: where,
        ...(model === '' ? {} : { model }),
        ...(host === '' ? {} : { host }),
        ...(failure.status === null ? {} : { status: failure.status }),
        ...(failure.code === null ? {} : { reason: failure.code }),
      },
    });
  }

  #askedBehind(error: unknown): AskedModel | undefined {
    let layer = error;
    for (let depth = 0; depth < MAX_CAUSES && layer !== undefined; depth += 1) {
      const asked = this.#asked.get(layer);
      if (asked !== undefined) return asked;
      layer = layer instanceof Error ? layer.cause : undefined;
    }
    return undefined;
  }
}

function messageOf(error: unknown): string {
  const code = endpointFailureOf(error)?.code;
  const message = error instanceof Error ? error.message : String(error);
  return code == null || message.includes(code) ? message : `${message} (${code})`;
}

/** Endpoints like to repeat the key they refuse, and proxies to answer with pages. */
function presentable(message: string): string {
  return withoutKeys(message)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MAX_REASON_CHARS);
}
