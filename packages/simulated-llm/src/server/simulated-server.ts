import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashBody } from '../body-hash.ts';
import { CallLog } from '../call-log.ts';
import { ApiError, invalidRequest } from '../chat/api-error.ts';
import { completeChat } from '../chat/chat-completion.ts';
import { type ChatRequest, parseChatRequest } from '../chat/chat-request.ts';
import { FaultSchedule } from '../faults.ts';
import { simulatedModelNotice } from '../labels.ts';
import { drawLatencyMs } from '../latency.ts';
import type { Persona } from '../personas/persona.ts';
import { findPersona, personaNames } from '../personas/persona-registry.ts';
import type { ResolvedOptions } from '../simulated-llm-options.ts';
import { isAuthorized } from './authorization.ts';
import { isForeign } from './foreign-request.ts';
import { readBody } from './read-body.ts';
import { planResponse } from './response-plan.ts';
import { sendPlan } from './send-plan.ts';
import { WorkQueue } from './work-queue.ts';

/** The HTTP server: OpenAI-compatible routes under `/v1`, counters under `/admin`. */
export class SimulatedServer {
  readonly log = new CallLog();
  readonly #options: ResolvedOptions;
  readonly #faults: FaultSchedule;
  readonly #queue: WorkQueue;
  readonly #server: Server;
  #requestCount = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#faults = new FaultSchedule(options.faults, options.seed);
    this.#queue = new WorkQueue(options.latency.servers ?? Number.POSITIVE_INFINITY);
    this.#server = createServer((request, response) => void this.#handle(request, response));
    // A client's pooled connection must not be dropped under it in a pause between two requests.
    this.#server.keepAliveTimeout = 60_000;
  }

  /** @returns the port. @throws the system's error (`EADDRINUSE`, …) when it cannot be had */
  async listen(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#options.port, this.#options.host, resolve);
    await promise;
    this.#server.off('error', reject);
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection and stops listening. Closing twice is the same as once. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('x-simulated', 'true');
    response.setHeader('x-request-id', `req-sim-${++this.#requestCount}`);
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.destroyed || response.headersSent) return;
      const known =
        error instanceof ApiError ? error : new ApiError(500, 'The simulated model failed', { type: 'server_error' });
      if (known.status < 500) this.log.countRefused();
      sendJson(response, known.status, known);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isForeign(request.headers)) {
      throw new ApiError(403, 'This server answers programs of its machine: the Host or Origin header names another');
    }
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const authorized = isAuthorized(request.headers.authorization, this.#options.apiKey);
    if (!authorized) {
      throw new ApiError(401, 'Incorrect API key provided', { code: 'invalid_api_key' });
    }
    switch (`${request.method ?? 'GET'} ${path}`) {
      case 'POST /v1/chat/completions':
        return await this.#chatCompletion(request, response);
      case 'GET /v1/models':
        return sendJson(response, 200, { object: 'list', data: this.#modelNames().map(describeModel) });
      case 'GET /':
        return sendJson(response, 200, { notice: simulatedModelNotice, models: this.#modelNames() });
      case 'GET /admin/stats':
        return sendJson(response, 200, this.log.stats());
      case 'GET /admin/requests':
        return sendJson(response, 200, this.log.requests());
      case 'POST /admin/reset':
        this.log.reset();
        return sendJson(response, 200, this.log.stats());
      default:
        if (request.method === 'GET' && path.startsWith('/v1/models/')) {
          const name = decoded(path.slice('/v1/models/'.length));
          this.#findPersona(name);
          return sendJson(response, 200, describeModel(name));
        }
        throw new ApiError(404, `Invalid URL (${request.method ?? 'GET'} ${path})`);
    }
  }

  async #chatCompletion(httpRequest: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(httpRequest);
    const request = parseChatRequest(parseJson(body));
    const persona = this.#findPersona(request.model);
    checkTemperature(request, persona);

    const { seed, latency } = this.#options;
    const hash = hashBody(body);
    const occurrence = this.log.countBody(hash);
    const fault = this.#faults.next({ model: request.model, bodyHash: hash, occurrence });
    const latencyMs = drawLatencyMs(latency, persona.kind, hash, seed);
    const finish = this.log.start({ hash, model: request.model, latencyMs, fault: fault?.kind ?? null });
    response.once('close', () => finish(response.headersSent ? response.statusCode : null));

    if (latencyMs > 0 || latency.servers !== undefined) await this.#queue.work(latencyMs, leaving(response));
    const completion = completeChat(request, persona, seed, Math.floor(Date.now() / 1000));
    if (completion.usage !== undefined) {
      this.log.countTokens(completion.usage.prompt_tokens, completion.usage.completion_tokens);
    }
    const stream = request.stream ? { includeUsage: request.includeUsage } : undefined;
    await sendPlan(response, planResponse(completion, stream, fault), fault, () => leaving(response));
  }

  #findPersona(model: string): Persona {
    const persona = findPersona(this.#options.aliases[model] ?? model);
    if (persona !== undefined) return persona;
    throw new ApiError(404, `The model '${model}' does not exist or you do not have access to it`, {
      code: 'model_not_found',
    });
  }

  #modelNames(): string[] {
    return [...personaNames, ...Object.keys(this.#options.aliases)];
  }
}

function checkTemperature(request: ChatRequest, persona: Persona): void {
  if (!persona.fixedTemperature || request.temperature === undefined || request.temperature === 1) return;
  throw invalidRequest(
    'temperature',
    `Unsupported value: 'temperature' does not support ${request.temperature} with this model. Only the default (1) value is supported`,
    'unsupported_value',
  );
}

/** Aborts when the client leaves, or the server closes, which cuts its connection. */
function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) controller.abort();
  else response.once('close', () => controller.abort());
  return controller.signal;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError(400, 'The URL cannot be decoded');
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new ApiError(400, 'We could not parse the JSON body of your request');
  }
}

function describeModel(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'simulated-llm' };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
