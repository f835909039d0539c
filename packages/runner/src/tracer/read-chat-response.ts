import { assembleChatCompletion } from './assemble-chat-completion.ts';
import { decodeContent } from './decode-content.ts';
import { isObject, type JsonObject, parseJson } from './json-object.ts';
import { serverSentEvents } from './server-sent-events.ts';

/** What came back over HTTP, as it came. */
export interface RawResponse {
  readonly statusCode: number;
  /** Lower case; empty when there is none. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: Buffer;
}

/** What a chat completions endpoint said. */
export interface ChatResponse {
  /** The completion, put together if it was streamed, as far as it came. */
  readonly completion?: JsonObject;
  /** Nothing is missing, even if the connection broke off afterwards. */
  readonly finished: boolean;
  /** What was wrong with it; absent when it is a completion or the part of one. */
  readonly failure?: { readonly type: string; readonly message: string };
  /** It was too large to be read. */
  readonly omitted?: true;
}

/** Reads a response, whole or broken off. Pure: every division of the body into chunks gives the same. */
export function readChatResponse(raw: RawResponse, maxBytes: number): ChatResponse {
  let text: string;
  try {
    text = decodeContent(raw.body, raw.contentEncoding, maxBytes).toString();
  } catch (error) {
    if (error instanceof RangeError) return { finished: false, omitted: true };
    return { finished: false, failure: { type: 'undecodable_response', message: String(error) } };
  }
  if (raw.statusCode >= 400) {
    const message = errorMessage(parseJson(text)) ?? text.trim();
    return { finished: true, failure: { type: String(raw.statusCode), message: message || `HTTP ${raw.statusCode}` } };
  }
  return raw.contentType.includes('text/event-stream') ? readStream(text) : readDocument(text);
}

function readDocument(text: string): ChatResponse {
  const completion = parseJson(text);
  if (isObject(completion)) return { completion, finished: true };
  return { finished: false, failure: { type: 'invalid_response', message: 'The response is not a JSON object' } };
}

function readStream(text: string): ChatResponse {
  const events = serverSentEvents(text);
  const chunks = events.map(parseJson);
  const assembled = assembleChatCompletion(chunks);
  const completion = assembled === undefined ? {} : { completion: assembled.completion };
  // Once the answer has begun, an error can only come as an event.
  const message = chunks.map(errorMessage).find((found) => found !== undefined);
  if (message !== undefined) return { ...completion, finished: true, failure: { type: 'stream_error', message } };
  return { ...completion, finished: events.includes('[DONE]') || assembled?.finished === true };
}

/** The message of `{ error: { message } }` or `{ error: 'text' }`. */
function errorMessage(body: unknown): string | undefined {
  const error = isObject(body) ? body['error'] : undefined;
  if (typeof error === 'string') return error;
  return isObject(error) && typeof error['message'] === 'string' ? error['message'] : undefined;
}
