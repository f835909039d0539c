import { decodeContent } from './decode-content.ts';
import { isObject, type JsonObject, parseJson } from './json-object.ts';
import type { ModelEndpoint } from './model-endpoint.ts';
import { serverSentEvents } from './server-sent-events.ts';

/** What came back over HTTP, as it came. */
export interface RawResponse {
  readonly statusCode: number;
  /** Lower case; empty when there is none. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: Buffer;
}

/** What went wrong with a call. */
export interface ModelFailure {
  readonly type: string;
  readonly message: string;
  /** What the endpoint calls it, such as `insufficient_quota`, if it says. */
  readonly code?: string;
}

/** What an endpoint said. */
export interface ModelResponse {
  /** A chat completion, put together if it was streamed, as far as it came. */
  readonly completion?: JsonObject;
  /** Nothing is missing, even if the connection broke off afterwards. */
  readonly finished: boolean;
  /** What was wrong with it; absent when it is a completion or the part of one. */
  readonly failure?: ModelFailure;
  /** It was too large to be read. */
  readonly omitted?: true;
}

/** Reads a response, whole or broken off. Pure: every division of the body into chunks gives the same. */
export function readModelResponse(raw: RawResponse, endpoint: ModelEndpoint, maxBytes: number): ModelResponse {
  let text: string;
  try {
    text = decodeContent(raw.body, raw.contentEncoding, maxBytes).toString();
  } catch (error) {
    if (error instanceof RangeError) return { finished: false, omitted: true };
    return { finished: false, failure: { type: 'undecodable_response', message: String(error) } };
  }
  if (raw.statusCode >= 400) {
    const body = parseJson(text);
    const message = errorMessage(body) ?? text.trim();
    const failure = { type: String(raw.statusCode), message: message || `HTTP ${raw.statusCode}`, ...errorCode(body) };
    return { finished: true, failure };
  }
  return raw.contentType.includes('text/event-stream') ? readStream(text, endpoint) : readDocument(text, endpoint);
}

function readDocument(text: string, endpoint: ModelEndpoint): ModelResponse {
  const body = parseJson(text);
  if (!isObject(body)) {
    return { finished: false, failure: { type: 'invalid_response', message: 'The response is not a JSON object' } };
  }
  const message = errorMessage(body);
  const failure = message === undefined ? {} : { failure: { type: 'response_error', message, ...errorCode(body) } };
  return { completion: endpoint.readDocument(body), finished: true, ...failure };
}

function readStream(text: string, endpoint: ModelEndpoint): ModelResponse {
  const data = serverSentEvents(text);
  const events = data.map(parseJson);
  const assembled = endpoint.readStream(events);
  const completion = assembled === undefined ? {} : { completion: assembled.completion };
  // Once the answer has begun, an error can only come as an event.
  const message = events.map(errorMessage).find((found) => found !== undefined);
  if (message !== undefined) return { ...completion, finished: true, failure: { type: 'stream_error', message } };
  return { ...completion, finished: data.includes('[DONE]') || assembled?.finished === true };
}

/** The message of `{ error: { message } }` or `{ error: 'text' }`, and of the events `error` and `response.failed` of the Responses API. */
function errorMessage(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const { type, error, message, response } = body;
  if (type === 'error' && typeof message === 'string') return message;
  if (type === 'response.failed') return errorMessage(response) ?? 'The response failed';
  if (typeof error === 'string') return error;
  return isObject(error) && typeof error['message'] === 'string' ? error['message'] : undefined;
}

/** The code, or else the type, of `{ error: { code, type } }`. */
function errorCode(body: unknown): { readonly code?: string } {
  const error = isObject(body) ? body['error'] : undefined;
  if (!isObject(error)) return {};
  const code = error['code'] ?? error['type'];
  return typeof code === 'string' && code !== '' ? { code } : {};
}
