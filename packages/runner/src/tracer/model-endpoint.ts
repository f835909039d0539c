import { type AssembledCompletion, assembleChatCompletion } from './assemble-chat-completion.ts';
import type { JsonObject } from './json-object.ts';
import { responsesEndpoint } from './responses-endpoint.ts';

/** An endpoint whose calls are recorded: how to know it, and how to read it as a chat completion. */
export interface ModelEndpoint {
  /** End of the path, before any query. */
  readonly path: RegExp;
  /** The request as one for a chat completion; `undefined` when the body belongs to something else under the same path. */
  readRequest(body: JsonObject): JsonObject | undefined;
  /** The response as a chat completion. */
  readDocument(body: JsonObject): JsonObject;
  /** The events of a streamed response, put together as far as they came; `undefined` when none was of use. */
  readStream(events: readonly unknown[]): AssembledCompletion | undefined;
}

const chatCompletionsEndpoint: ModelEndpoint = {
  path: /\/chat\/completions\/?$/,
  readRequest: (body) => (Array.isArray(body['messages']) ? body : undefined),
  readDocument: (body) => body,
  readStream: assembleChatCompletion,
};

/** Endpoints of OpenAI's protocol that are recorded. All are called by POST. */
const MODEL_ENDPOINTS: readonly ModelEndpoint[] = [chatCompletionsEndpoint, responsesEndpoint];

/** The endpoint that a request goes to; `undefined` for everything that is no model call. */
export function modelEndpointOf(request: {
  readonly method: string;
  readonly path: string;
}): ModelEndpoint | undefined {
  if (request.method !== 'POST') return undefined;
  const path = request.path.replace(/[?#].*$/s, '');
  return MODEL_ENDPOINTS.find((endpoint) => endpoint.path.test(path));
}
