import { type InspectOptions, inspect } from 'node:util';
import { refuseUnknownOptions } from '../options/check-options.ts';

/** What an {@link LLM} or a `ProxyLLM` is made from. */
export interface LLMOptions {
  /** Base URL of an OpenAI-compatible endpoint, such as `https://host/v1`. */
  readonly endpoint: string;
  /** Model name as the endpoint knows it. */
  readonly model: string;
  /** Default `null`: the agent finds a key elsewhere, such as in its environment. */
  readonly apiKey?: string | null;
  /** Request parameters as the endpoint spells them (`temperature`, `max_tokens`). Default `{}`. */
  readonly samplingParameters?: Readonly<Record<string, unknown>>;
}

/** The wire form of an {@link LLM} or, with the other tag, of a `ProxyLLM`. */
export interface LLMWire<TType extends string = 'llm'> {
  readonly resource_type: TType;
  readonly endpoint: string;
  readonly model: string;
  readonly api_key: string | null;
  readonly sampling_parameters: Readonly<Record<string, unknown>>;
}

/**
 * A model endpoint that an agent shall use. Immutable. Mirrors upstream `LLM` (v0.3.0).
 *
 * The API key is not shown by `console.log` and `util.inspect`. It is in the JSON form, since runners elsewhere need it: never log that.
 */
export class LLM {
  /** Tells resources apart, also after they crossed a thread or the wire. */
  readonly resourceType = 'llm';
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
    } = resolveLLMOptions('LLM', options));
    Object.freeze(this);
  }

  /** The endpoint, whatever the arguments: callers need not tell an LLM from a `ProxyLLM`. */
  baseUrl(_rolloutId?: string | null, _attemptId?: string | null): string {
    return this.endpoint;
  }

  /** The wire form, as upstream's JSON; the API key included. */
  toJSON(): LLMWire {
    return llmToWire(this);
  }

  [inspect.custom](_depth: number, options: InspectOptions): string {
    return inspectLLM('LLM', this, options);
  }
}

/** Checks the options and fills in their defaults. @throws TypeError naming `action`'s class, the option and what it must be. */
export function resolveLLMOptions(action: string, options: LLMOptions): Required<LLMOptions> {
  const known = ['endpoint', 'model', 'apiKey', 'samplingParameters', 'resourceType'];
  refuseUnknownOptions(`Cannot create the ${action}`, options, known);
  const { endpoint, model, apiKey = null, samplingParameters = {} } = options;
  const check = (fits: boolean, name: keyof LLMOptions, wanted: string): void => {
    // The value is not shown: an endpoint can hold a password, and arguments in the wrong order can make anything the key.
    if (!fits)
      throw new TypeError(
        `Cannot create the ${action} as '${name}' must be ${wanted}: current value is of another type`,
      );
  };
  check(typeof endpoint === 'string', 'endpoint', 'a string');
  check(typeof model === 'string', 'model', 'a string');
  check(apiKey === null || typeof apiKey === 'string', 'apiKey', 'a string or null');
  check(
    typeof samplingParameters === 'object' && samplingParameters !== null && !Array.isArray(samplingParameters),
    'samplingParameters',
    'an object',
  );
  return { endpoint, model, apiKey, samplingParameters: Object.freeze({ ...samplingParameters }) };
}

/** The fields of either kind in their wire form. */
export function llmToWire<TType extends string>(
  llm: Required<LLMOptions> & { readonly resourceType: TType },
): LLMWire<TType> {
  return {
    resource_type: llm.resourceType,
    endpoint: llm.endpoint,
    model: llm.model,
    api_key: llm.apiKey,
    sampling_parameters: llm.samplingParameters,
  };
}

/** How either kind is shown: with `***` for the API key. */
export function inspectLLM(name: string, llm: Required<LLMOptions>, options: InspectOptions): string {
  const { endpoint, model, apiKey, samplingParameters } = llm;
  return `${name} ${inspect({ endpoint, model, apiKey: apiKey === null ? null : '***', samplingParameters }, options)}`;
}
