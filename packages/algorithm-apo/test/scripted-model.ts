import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenAI } from 'openai';

/** What a request asks, as far as tests look at it. */
export interface ModelRequest {
  readonly model: string;
  readonly temperature?: number;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** What the scripted model does: says a text, or answers with a whole response. */
export type ModelReply =
  | string
  | { readonly content?: string | null; readonly refusal?: string; readonly finishReason?: string }
  | { readonly status: number; readonly error: Readonly<Record<string, unknown>> }
  | { readonly raw: string; readonly contentType?: string };

/** An OpenAI-compatible endpoint whose replies a test writes. */
export interface ScriptedModel extends AsyncDisposable {
  readonly baseUrl: string;
  /** Requests in order of arrival. */
  readonly requests: ModelRequest[];
  /** Requests with the critic's and the editor's model. */
  readonly critiques: ModelRequest[];
  readonly edits: ModelRequest[];
  client(options?: { readonly apiKey?: string; readonly maxRetries?: number }): OpenAI;
}

/** The critic's and the editor's model names in tests. */
export const MODELS = { gradientModel: 'critic', applyEditModel: 'editor' } as const;

/**
 * Starts an endpoint on a free port.
 * @param reply - called for each request; `undefined` falls back to {@link distinctReply}
 */
export async function startScriptedModel(
  reply: (
    request: ModelRequest,
    number: number,
  ) => ModelReply | undefined | Promise<ModelReply | undefined> = distinctReply,
): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await readBody(request)) as ModelRequest;
    requests.push(body);
    const made = (await reply(body, requests.length)) ?? distinctReply(body);
    const answered = typeof made === 'string' ? { content: made } : made;
    if ('raw' in answered) {
      response.writeHead(200, { 'content-type': answered.contentType ?? 'application/json' }).end(answered.raw);
    } else if ('status' in answered) {
      response.writeHead(answered.status, { 'content-type': 'application/json', 'retry-after-ms': '1' });
      response.end(JSON.stringify({ error: answered.error }));
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion(body, answered)));
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    baseUrl,
    requests,
    get critiques() {
      return requests.filter(({ model }) => model === MODELS.gradientModel);
    },
    get edits() {
      return requests.filter(({ model }) => model === MODELS.applyEditModel);
    },
    client: (options) => new OpenAI({ baseURL: baseUrl, apiKey: 'test-key', maxRetries: 0, ...options }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A critic and an editor whose every reply is new, valid, and a function of the request's body alone. */
export function distinctReply(request: ModelRequest): string {
  const id = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 8);
  if (request.model === MODELS.gradientModel) return `- State rule ${id}.`;
  return `${blockOf(request, 'prompt')}\nRule ${id}.`;
}

/** The last text between `<tag>` lines in the first message. */
export function blockOf(request: ModelRequest, tag: string): string {
  const text = request.messages[0]!.content;
  const start = text.lastIndexOf(`<${tag}>\n`) + tag.length + 3;
  return text.slice(start, text.indexOf(`\n</${tag}>`, start));
}

function completion(
  { model }: ModelRequest,
  {
    content = null,
    refusal = null,
    finishReason = 'stop',
  }: { content?: string | null; refusal?: string | null; finishReason?: string },
) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal }, logprobs: null, finish_reason: finishReason },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
