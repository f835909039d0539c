import { type InspectOptions, inspect } from 'node:util';
import { inspectLLM, LLM, type LLMOptions, type LLMWire, llmToWire, resolveLLMOptions } from './llm.ts';

/** As much of an attempted rollout as names its model calls. */
export interface AttemptedRolloutIds {
  readonly rolloutId: string;
  readonly attempt: { readonly attemptId: string };
}

/**
 * A model endpoint behind a proxy that attributes every call to the attempt named in its path. Immutable. Mirrors upstream `ProxyLLM`
 * (v0.3.0), but does not warn when `endpoint` is read: agents are handed what {@link withAttemptedRollout} makes of it.
 */
export class ProxyLLM {
  /** Tells resources apart, also after they crossed a thread or the wire. */
  readonly resourceType = 'proxy_llm';
  /** Base URL of the proxy. Calls made to it directly belong to no attempt: see {@link baseUrl}. */
  readonly endpoint: string;
  readonly model: string;
  readonly apiKey: string | null;
  readonly samplingParameters: Readonly<Record<string, unknown>>;

  /** @throws TypeError for an argument of the wrong type. */
  constructor(options: LLMOptions) {
    ({
      endpoint: this.endpoint,
      model: this.model,
      apiKey: this.apiKey,
      samplingParameters: this.samplingParameters,
    } = resolveLLMOptions('ProxyLLM', options));
    Object.freeze(this);
  }

  /**
   * The base URL whose calls belong to this attempt: `/rollout/<rolloutId>/attempt/<attemptId>` behind the endpoint, before a final `/v1` if it has one.
   * Without both ids, or with both `null`, the endpoint as it is. One trailing slash of the endpoint is dropped.
   *
   * @throws TypeError for one id without the other, or an id that is not a string.
   */
  baseUrl(rolloutId?: string | null, attemptId?: string | null): string {
    if ((rolloutId ?? null) === null && (attemptId ?? null) === null) return this.endpoint;
    const attempt = `rollout/${idSegment('rolloutId', rolloutId)}/attempt/${idSegment('attemptId', attemptId)}`;
    const base = this.endpoint.replace(/\/$/, '');
    return base.endsWith('/v1') ? `${base.slice(0, -'/v1'.length)}/${attempt}/v1` : `${base}/${attempt}`;
  }

  /** The plain endpoint for one attempt, as agents get it: same model, key and parameters. */
  withAttemptedRollout(rollout: AttemptedRolloutIds): LLM {
    const { model, apiKey, samplingParameters } = this;
    return new LLM({
      endpoint: this.baseUrl(rollout.rolloutId, rollout.attempt.attemptId),
      model,
      apiKey,
      samplingParameters,
    });
  }

  /** The wire form, as upstream's JSON; the API key included. */
  toJSON(): LLMWire<'proxy_llm'> {
    return llmToWire(this);
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return inspectLLM('ProxyLLM', this, options);
  }
}

function idSegment(name: string, id: unknown): string {
  if (typeof id === 'string') return encodeURIComponent(id);
  const current = id === null ? 'null' : `of type ${typeof id}`;
  throw new TypeError(
    `Cannot make the base URL of an attempt as '${name}' must be a string: current value is ${current}`,
  );
}
