import { setTimeout as delay } from 'node:timers/promises';
import { LightningError, type StepScope } from '@agentlightning/core';
import { APIConnectionError, APIError, APIUserAbortError, type OpenAI } from 'openai';

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
export type ReplyFailure = 'refusal' | 'empty' | 'length' | 'too-long';

/** How replies are read. */
export interface OptimizerClientOptions {
  /** As upstream: any text counts, also one cut off, and a model that refuses `temperature` is an error. Default `false`. */
  readonly isUpstream?: boolean;
}

/**
 * Asks the models that criticise and edit, and tells three kinds of failure apart: what passes (the client retries it), an answer that is
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

  /** One completion. The client retries what fails before a response has come; a response that arrives broken is retried here. */
  async #create(step: StepScope, body: OpenAI.ChatCompletionCreateParamsNonStreaming): Promise<OpenAI.ChatCompletion> {
    for (let retry = 0; ; retry += 1) {
      try {
        const completion: unknown = await step.llm((signal) => this.#client.chat.completions.create(body, { signal }));
        if (isCompletion(completion)) return completion;
        throw new SyntaxError('The response is not a chat completion');
      } catch (error) {
        if (!isBrokenResponse(error) || retry >= this.#client.maxRetries) throw error;
        await delay(backoffMs(retry), undefined, { signal: step.signal });
      }
    }
  }

  #read(completion: OpenAI.ChatCompletion, model: string): string {
    const choice = completion.choices[0];
    const text = choice?.message.content ?? '';
    if (this.#isUpstream && text !== '') return text;
    if (choice?.message.refusal || choice?.finish_reason === 'content_filter') throw unusable('refusal', model);
    if (choice?.finish_reason === 'length') throw unusable('length', model);
    if (text.trim() === '') throw unusable('empty', model);
    return text;
  }

  #classify(error: unknown, step: StepScope, model: string): unknown {
    if (error instanceof LightningError) return error;
    if (step.signal.aborted || error instanceof APIUserAbortError) return step.signal.reason ?? error;
    if (error instanceof APIError) {
      const failure = answerIn(error);
      if (failure !== undefined) return unusable(failure, model);
    }
    return this.#unavailable(error, model);
  }

  #unavailable(error: unknown, model: string): LightningError {
    const status = error instanceof APIError ? error.status : undefined;
    const reason = this.#redact(describe(error));
    const { host } = new URL(this.#client.baseURL);
    return new LightningError(
      'MODEL_UNAVAILABLE',
      `Cannot use the model '${model}' at ${host}: ${reason}${hintFor(status)}`,
      {
        // Not the error itself: it carries the request and response.
        cause: new Error(reason),
        details: { model, host, ...(status === undefined ? {} : { status }) },
      },
    );
  }

  /** Endpoints like to repeat the key they refuse. */
  #redact(message: string): string {
    const { apiKey } = this.#client;
    const withoutKey = apiKey === null || apiKey === '' ? message : message.replaceAll(apiKey, '[key]');
    return withoutKey.replace(/\bsk-[\w*-]+/g, '[key]').slice(0, 1000);
  }
}

function isCompletion(value: unknown): value is OpenAI.ChatCompletion {
  return typeof value === 'object' && value !== null && 'choices' in value && Array.isArray(value.choices);
}

/** A response that was cut off, or is no JSON, or JSON of something else: a proxy's page, a connection lost half way. */
function isBrokenResponse(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof TypeError && error.message === 'terminated');
}

function backoffMs(retry: number): number {
  return Math.min(8000, 500 * 2 ** retry) * (0.75 + 0.5 * Math.random());
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
