import { MODEL_CALL_SPAN_NAME, modelCallAttributes, type SpanAttributes, type SpanDraft } from '@agentlightning/core';
import { redactAttributes, redactorOf } from '../redact-secrets.ts';
import { BoundedBytes } from './bounded-bytes.ts';
import { headerPairs } from './header-pairs.ts';
import { isObject, parseJson } from './json-object.ts';
import type { ModelEndpoint } from './model-endpoint.ts';
import { type ModelFailure, type ModelResponse, readModelResponse } from './read-model-response.ts';
import type { OutgoingRequest, RequestObserver } from './request-observer.ts';

/** Bodies past this size are not recorded, only that they were there. Measured after decompression. */
export const MAX_CAPTURED_BYTES = 4 * 1024 * 1024;

/** Attribute that lists the bodies that were too large to be recorded: `request`, `response`. */
export const OMITTED_ATTRIBUTE = 'agentlightning.capture.omitted';

/** Attribute with what an endpoint calls its error, such as `insufficient_quota`. */
export const ERROR_CODE_ATTRIBUTE = 'agentlightning.capture.error_code';

/** Before the name of a header of the response, as OpenTelemetry has it; the value is a list. */
export const RESPONSE_HEADER_PREFIX = 'http.response.header.';

/** Headers of a failure that are recorded: how long the endpoint asks to be left alone. */
const RECORDED_HEADERS = ['retry-after', 'retry-after-ms'];

/** Longest code or header that is recorded, in characters. */
const MAX_CODE_LENGTH = 100;

/** Longest description of a failure that is recorded, in characters. */
const MAX_DESCRIPTION_LENGTH = 500;

/** Headers whose values are keys. */
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'api-key', 'x-api-key', 'x-goog-api-key', 'cookie'];

/** What a call needs from its surroundings. */
export interface ModelCallOptions {
  readonly endpoint: ModelEndpoint;
  /** Span id of the operation that makes the call, `null` for none. */
  readonly parentId: string | null;
  /** Called once, at the end: with the span, or with `undefined` when the request was no model call after all. */
  readonly done: (draft: SpanDraft | undefined) => void;
  /** Called instead when the capture itself fails, which the agent must not notice. */
  readonly broken: (error: unknown) => void;
}

type CallEnd = 'completed' | 'abandoned' | { readonly error: unknown };

/** One request to an endpoint of a model, from its dispatch to its span. */
export class ModelCall implements RequestObserver {
  readonly #options: ModelCallOptions;
  readonly #url: URL;
  readonly #secrets: readonly string[];
  readonly #startTime = Date.now() / 1000;
  readonly #started = performance.now();
  readonly #request = new BoundedBytes(MAX_CAPTURED_BYTES);
  readonly #response = new BoundedBytes(MAX_CAPTURED_BYTES);
  readonly #headers = new Map<string, string>();
  #statusCode: number | undefined;
  #ended = false;

  constructor(request: OutgoingRequest, options: ModelCallOptions) {
    this.#options = options;
    this.#url = new URL(request.path, request.origin);
    this.#secrets = secretsIn(request.headers);
  }

  /** Keys that the call is made with. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  requestData(chunk: Uint8Array | string): void {
    this.#quietly(() => this.#request.add(chunk));
  }

  responseHead(statusCode: number, headers: Iterable<readonly [name: string, value: string]>): void {
    this.#quietly(() => {
      this.#statusCode = statusCode;
      for (const [name, value] of headers) this.#headers.set(name.toLowerCase(), value);
    });
  }

  responseData(chunk: Uint8Array): void {
    this.#quietly(() => this.#response.add(chunk));
  }

  completed(): void {
    this.#end('completed');
  }

  failed(error: unknown): void {
    this.#end({ error });
  }

  /** Ends a call that is still open when its attempt ends: what came so far is recorded. */
  abandon(): void {
    this.#end('abandoned');
  }

  #end(end: CallEnd): void {
    this.#quietly(() => {
      const draft = this.#draft(end);
      this.#ended = true;
      this.#options.done(draft);
    });
  }

  #quietly(work: () => void): void {
    if (this.#ended) return;
    try {
      work();
    } catch (error) {
      // Capture is a bystander: whatever goes wrong here ends the capture of this call and nothing else.
      this.#ended = true;
      this.#options.broken(error);
    }
  }

  #draft(end: CallEnd): SpanDraft | undefined {
    const body = parseJson(this.#request.bytes().toString());
    const request = isObject(body) ? this.#options.endpoint.readRequest(body) : undefined;
    const seen = !this.#request.empty && !this.#request.overflowed;
    if (seen && request === undefined) return undefined;
    // `fetch` follows a redirection by itself; the request to the new place is a call of its own.
    if (this.#statusCode !== undefined && this.#statusCode >= 300 && this.#statusCode < 400) return undefined;
    const answer = this.#answer();
    const failure = failureOf(end, answer);
    const redact = redactorOf(this.#secrets);
    const omitted = [
      ...(this.#request.overflowed ? ['request'] : []),
      ...(answer?.omitted || this.#response.overflowed ? ['response'] : []),
    ];
    return {
      name: MODEL_CALL_SPAN_NAME,
      attributes: redactAttributes(
        {
          ...modelCallAttributes(request, answer?.completion),
          'server.address': this.#url.hostname,
          ...(this.#url.port === '' ? {} : { 'server.port': Number(this.#url.port) }),
          'url.path': this.#url.pathname,
          ...(this.#statusCode === undefined ? {} : { 'http.response.status_code': this.#statusCode }),
          ...(failure === undefined ? {} : { 'error.type': failure.type, ...this.#details(failure) }),
          ...(omitted.length > 0 ? { [OMITTED_ATTRIBUTE]: omitted } : {}),
        },
        redact,
      ),
      status:
        failure !== undefined
          ? { statusCode: 'ERROR', description: redact(failure.message).slice(0, MAX_DESCRIPTION_LENGTH) }
          : end === 'abandoned' && answer?.finished !== true
            ? { statusCode: 'UNSET', description: 'Still open when the agent ended' }
            : { statusCode: 'OK' },
      parentId: this.#options.parentId,
      startTime: this.#startTime,
      endTime: this.#startTime + (performance.now() - this.#started) / 1000,
    };
  }

  /** What tells passing trouble from what stays. */
  #details({ code }: ModelFailure): SpanAttributes {
    const headers = RECORDED_HEADERS.flatMap((name) => {
      const value = this.#headers.get(name);
      return value === undefined
        ? []
        : [[`${RESPONSE_HEADER_PREFIX}${name}`, [value.slice(0, MAX_CODE_LENGTH)]] as const];
    });
    return {
      ...(code === undefined ? {} : { [ERROR_CODE_ATTRIBUTE]: code.slice(0, MAX_CODE_LENGTH) }),
      ...Object.fromEntries(headers),
    };
  }

  /** What the endpoint said; `undefined` before its head came, and when it said too much. */
  #answer(): ModelResponse | undefined {
    if (this.#statusCode === undefined || this.#response.overflowed) return undefined;
    return readModelResponse(
      {
        statusCode: this.#statusCode,
        contentType: (this.#headers.get('content-type') ?? '').toLowerCase(),
        contentEncoding: this.#headers.get('content-encoding') ?? '',
        body: this.#response.bytes(),
      },
      this.#options.endpoint,
      MAX_CAPTURED_BYTES,
    );
  }
}

/** What went wrong, if anything. A reader that leaves a stream at its last event breaks the connection off, and misses nothing. */
function failureOf(end: CallEnd, answer: ModelResponse | undefined): ModelFailure | undefined {
  if (typeof end === 'object' && answer?.finished !== true) return brokenOff(end.error);
  return end === 'abandoned' && answer?.finished !== true ? undefined : answer?.failure;
}

function brokenOff(error: unknown): { type: string; message: string } {
  if (!(error instanceof Error)) return { type: 'aborted', message: `Broken off: ${String(error)}` };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { type: code, message: error.message || code };
}

/** Keys among the headers: a server may quote them in an error. */
function secretsIn(headers: unknown): string[] {
  const secrets: string[] = [];
  for (const [name, value] of headerPairs(headers)) {
    if (SECRET_HEADERS.includes(name.toLowerCase())) secrets.push(value, value.replace(/^(Bearer|Basic)\s+/i, ''));
  }
  return secrets;
}
