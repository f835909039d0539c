import {
  endpointFailureOf,
  estimateTokens,
  isLightningError,
  LightningError,
  type ModelCallRequest,
  type StepScope,
  withoutKeys,
} from '@agentlightning/core';
import { APIConnectionError, APIError, type OpenAI } from 'openai';
import { callSettings, secretsOfClient } from './model-client.ts';
import { BrokenReplyError, OversizedReplyError, readCompletion } from './read-completion.ts';

/** A message of a request to the optimiser's model. */
export interface OptimizerMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A request to the optimiser's model. */
export interface OptimizerRequest {
  readonly model: string;
  readonly messages: readonly OptimizerMessage[];
  readonly temperature: number;
}

/** Why a model's reply is no use. It would be the same again, so the step that got it is recorded as failed with this. */
export type ReplyFailure = 'refusal' | 'empty' | 'length' | 'oversized' | 'too-long';

/** How replies are read. */
export interface OptimizerClientOptions {
  /** As upstream: any text counts, also one cut off, and a model that refuses `temperature` is an error. Default `false`. */
  readonly isUpstream?: boolean;
}

/** Longest text that is taken, in characters. A prompt has at most 100,000. */
const MAX_REPLY_CHARS = 250_000;

/**
 * Asks the models that criticise and edit, and tells three kinds of failure apart: what passes (the run tries it again), an answer that is
 * no use (`STEP_FAILED`), and an endpoint that cannot be used (`MODEL_UNAVAILABLE`, which stops the run).
 */
export class OptimizerClient {
  readonly #client: OpenAI;
  readonly #isUpstream: boolean;
  /** Models known to refuse `temperature`. Spares a request each time; no result depends on it. */
  readonly #fixedTemperature = new Set<string>();

  constructor(client: OpenAI, { isUpstream = false }: OptimizerClientOptions = {}) {
    this.#client = client;
    this.#isUpstream = isUpstream;
  }

  /**
   * The text of the model's reply, never empty.
   *
   * @throws LightningError `STEP_FAILED` with `details.failure` as {@link ReplyFailure} says; `MODEL_UNAVAILABLE` when the endpoint is unreachable,
   * or refuses the key, the model or such requests, or when retries are used up. No message names the key.
   */
  async ask(step: StepScope, request: OptimizerRequest): Promise<string> {
    const { model, messages, temperature } = request;
    const body = { model, messages: [...messages] };
    const sendsTemperature = !this.#fixedTemperature.has(model);
    try {
      return this.#read(await this.#create(step, sendsTemperature ? { ...body, temperature } : body), model);
    } catch (error) {
      if (this.#isUpstream || !sendsTemperature || !refusesTemperature(error)) throw this.#classify(error, step, model);
    }
    this.#fixedTemperature.add(model);
    try {
      return this.#read(await this.#create(step, body), model);
    } catch (error) {
      throw this.#classify(error, step, model);
    }
  }

  /** One completion. The run tries again, not the client: both together would ask for each other's tries as well. */
  async #create(step: StepScope, body: OpenAI.ChatCompletionCreateParamsNonStreaming): Promise<OpenAI.ChatCompletion> {
    return await step.llm(
      async (signal, heard) => {
        const request = this.#client.chat.completions.create(body, { signal, maxRetries: 0 });
        // Wrappers of the client may answer with the completion alone.
        if (!('asResponse' in request)) return await (request as Promise<OpenAI.ChatCompletion>);
        const response = await request.asResponse();
        heard((name) => response.headers.get(name));
        return await readCompletion(response);
      },
      {
        host: this.#host,
        ...requestOf(body),
        isPassing: (error) => error instanceof BrokenReplyError,
        ...callSettings(this.#client),
      },
    );
  }

  #read(completion: OpenAI.ChatCompletion, model: string): string {
    const choice = completion.choices[0];
    const text = choice?.message.content ?? '';
    if (this.#isUpstream && text !== '') return text;
    if (choice?.message.refusal || choice?.finish_reason === 'content_filter') throw unusable('refusal', model);
    if (choice?.finish_reason === 'length') throw unusable('length', model);
    if (text.trim() === '') throw unusable('empty', model);
    if (text.length > MAX_REPLY_CHARS) throw unusable('oversized', model);
    return text;
  }

  #classify(error: unknown, step: StepScope, model: string): unknown {
    if (isLightningError(error) && !GIVEN_UP.has(error.code)) return error;
    if (step.signal.aborted) return step.signal.reason ?? error;
    if (error instanceof OversizedReplyError) return unusable('oversized', model);
    if (error instanceof APIError) {
      const failure = answerIn(error);
      if (failure !== undefined) return unusable(failure, model);
    }
    return this.#unavailable(error, model);
  }

  #unavailable(error: unknown, model: string): LightningError {
    const isBudget = isLightningError(error, 'MODEL_UNAVAILABLE');
    const cause = isBudget ? error.cause : error;
    const failure = endpointFailureOf(cause);
    const status = failure?.status ?? (cause instanceof APIError ? cause.status : undefined);
    const reason = this.#presentable(isBudget ? `${describe(cause)}. ${error.message}` : describe(cause));
    const host = this.#host;
    return new LightningError(
      'MODEL_UNAVAILABLE',
      `Cannot use the model '${model}' at ${host}: ${reason}${hintFor(status)}`,
      {
        // Not the error itself: it carries the request and response.
        cause: new Error(reason),
        details: {
          model,
          host,
          ...(status == null ? {} : { status }),
          ...(failure?.code == null ? {} : { reason: failure.code }),
        },
      },
    );
  }

  get #host(): string {
    return new URL(this.#client.baseURL).host;
  }

  /** Endpoints like to repeat the key they refuse, and proxies to answer with pages. */
  #presentable(message: string): string {
    const known = secretsOfClient(this.#client).reduce((text, secret) => text.replaceAll(secret, '[key]'), message);
    return withoutKeys(known)
      .replaceAll(/[\p{Cc}\s]+/gu, ' ')
      .slice(0, 1000);
  }
}

/** What the run ends a call with when it has tried enough. */
const GIVEN_UP: ReadonlySet<string> = new Set(['TIMEOUT', 'MODEL_UNAVAILABLE']);

/** What a budget holds the place of a request by. */
function requestOf({
  model,
  messages,
  max_completion_tokens: max,
}: OpenAI.ChatCompletionCreateParams): ModelCallRequest {
  return {
    model,
    promptTokens: estimateTokens(JSON.stringify(messages)),
    ...(typeof max === 'number' ? { maxCompletionTokens: max } : {}),
  };
}

/** A 400 that complains about `temperature`: reasoning models accept their default only. */
function refusesTemperature(error: unknown): boolean {
  if (!(error instanceof APIError) || error.status !== 400) return false;
  if (error.param === 'temperature') return true;
  return /^unsupported_(value|parameter)$/.test(error.code ?? '') && /\btemperature\b/i.test(error.message);
}

/** What an error response says about this very request; `undefined` if it is about the endpoint. */
function answerIn({ status, code, type }: APIError): ReplyFailure | undefined {
  const reason = code ?? type ?? '';
  if (status === 413 || reason === 'context_length_exceeded' || reason === 'string_above_max_length') return 'too-long';
  return status === 400 && /content_(filter|policy)/.test(reason) ? 'refusal' : undefined;
}

const FAILURES: Readonly<Record<ReplyFailure, string>> = {
  refusal: 'refused to answer',
  empty: 'gave an empty answer',
  length: 'gave an answer that was cut off at its length limit',
  oversized: 'gave an answer that is far too long',
  'too-long': 'cannot read so long a request',
};

function unusable(failure: ReplyFailure, model: string): LightningError {
  return new LightningError('STEP_FAILED', `The model '${model}' ${FAILURES[failure]}`, {
    details: { failure, model },
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof APIConnectionError)) return error.message;
  const code = systemCode(error);
  return code === undefined ? error.message : `${error.message} (${code})`;
}

/** `ECONNREFUSED` and the like, which fetch hides in the causes of its error. */
function systemCode(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current instanceof AggregateError && current.errors.length > 0) return systemCode(current.errors[0]);
  }
  return undefined;
}

function hintFor(status: number | undefined): string {
  if (status === 401 || status === 403) return '. Check the API key of the client given to APO';
  if (status === 404) return '. Check the base URL of the client, and the options gradientModel and applyEditModel';
  return status === undefined ? '. Check that the endpoint runs and the base URL of the client is right' : '';
}
