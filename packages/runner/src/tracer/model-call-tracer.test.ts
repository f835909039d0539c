import { once } from 'node:events';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type SpanDraft, silentLogger } from '@agentlightning/core';
import OpenAI, { APIError, APIUserAbortError } from 'openai';
import * as undici from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { runInAttempt, runInOperation } from '../attempt-context.ts';
import { type ChatServer, completion, sendJson, startChatServer, streamOf } from '../test-data/chat-server.ts';
import { deferred } from '../test-data/deferred.ts';
import { MAX_CAPTURED_BYTES, OMITTED_ATTRIBUTE } from './model-call.ts';
import { ModelCallTracer } from './model-call-tracer.ts';

const SLOTS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];
const QUESTION: Omit<OpenAI.ChatCompletionCreateParams, 'stream'> = {
  model: 'model-a',
  messages: [{ role: 'user', content: 'Which room?' }],
};

interface Watched<T> {
  readonly value: T;
  readonly spans: readonly SpanDraft[];
}

/** Runs `body` as an agent's attempt and answers what the tracer recorded. */
async function watched<T>(tracer: ModelCallTracer, body: () => Promise<T>): Promise<Watched<T>> {
  const spans: SpanDraft[] = [];
  const trace = tracer.startTrace({
    rolloutId: 'ro-1',
    attemptId: 'at-1',
    traceId: '0'.repeat(32),
    sink: { add: (draft) => spans.push(draft) },
  });
  try {
    return { value: await trace.run(body), spans };
  } finally {
    await trace.end();
  }
}

function client(server: ChatServer): OpenAI {
  return new OpenAI({ baseURL: server.baseURL, apiKey: 'sk-secret-0123456789', maxRetries: 0 });
}

/** By identity: a wrapper looks like what it wraps. */
function areInPlace(dispatchers: readonly unknown[]): boolean {
  return globalDispatchers().every((dispatcher, index) => dispatcher === dispatchers[index]);
}

function globalDispatchers(): unknown[] {
  void globalThis.Headers;
  return SLOTS.map((slot) => (globalThis as unknown as Record<symbol, unknown>)[slot]);
}

describe('ModelCallTracer', () => {
  const found = globalDispatchers();

  afterEach(() => {
    expect(areInPlace(found)).toBe(true);
  });

  it('records a call of the openai client', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const tracer = new ModelCallTracer();
    const before = Date.now() / 1000;

    const { value, spans } = await watched(tracer, () => client(server).chat.completions.create(QUESTION));

    expect(value.choices[0]?.message.content).toBe('Room 4');
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      name: 'openai.chat.completion',
      status: { statusCode: 'OK' },
      parentId: null,
      attributes: {
        'gen_ai.request.model': 'model-a',
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'Which room?',
        'gen_ai.completion.0.role': 'assistant',
        'gen_ai.completion.0.content': 'Room 4',
        'gen_ai.usage.prompt_tokens': 11,
        'gen_ai.usage.completion_tokens': 5,
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'url.path': '/v1/chat/completions',
      },
    });
    expect(spans[0]!.startTime).toBeGreaterThanOrEqual(before);
    expect(spans[0]!.endTime).toBeGreaterThan(spans[0]!.startTime!);
  });

  it('records the call before the agent goes on, so that spans are in the order of what happened', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const spans: string[] = [];
    const trace = new ModelCallTracer().startTrace({
      rolloutId: 'ro-1',
      attemptId: 'at-1',
      traceId: '0'.repeat(32),
      sink: { add: (draft) => spans.push(draft.name) },
    });
    await trace.run(async () => {
      await client(server).chat.completions.create(QUESTION);
      spans.push('after the call');
    });
    await trace.end();
    expect(spans).toEqual(['openai.chat.completion', 'after the call']);
  });

  it('puts a streamed answer together', async () => {
    const deltas = [{ role: 'assistant', content: '' }, { content: 'Room' }, { content: ' ④' }];
    await using server = await startChatServer(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const bytes = Buffer.from(streamOf(deltas, 'stop'));
      // Cut everywhere, also inside a character.
      for (let at = 0; at < bytes.length; at += 7) {
        if (!response.write(bytes.subarray(at, at + 7))) await once(response, 'drain');
      }
      response.end();
    });

    const { value, spans } = await watched(new ModelCallTracer(), async () => {
      let text = '';
      const stream = await client(server).chat.completions.create({
        ...QUESTION,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      return text;
    });

    expect(value).toBe('Room ④');
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      status: { statusCode: 'OK' },
      attributes: {
        'gen_ai.completion.0.content': 'Room ④',
        'gen_ai.completion.0.finish_reason': 'stop',
        'gen_ai.usage.completion_tokens': 5,
      },
    });
  });

  it('puts streamed tool calls together by their index', async () => {
    const call = (index: number, piece: object) => ({ tool_calls: [{ index, ...piece }] });
    const deltas = [
      { role: 'assistant', content: null },
      call(0, { id: 'call_a', type: 'function', function: { name: 'look_up', arguments: '' } }),
      call(1, { id: 'call_b', type: 'function', function: { name: 'book', arguments: '{"ro' } }),
      call(0, { function: { arguments: '{"day":1}' } }),
      call(1, { function: { arguments: 'om":2}' } }),
    ];
    await using server = await startChatServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(streamOf(deltas, 'tool_calls'));
    });

    const { spans } = await watched(new ModelCallTracer(), async () => {
      for await (const _ of await client(server).chat.completions.create({ ...QUESTION, stream: true }));
    });

    expect(spans).toHaveLength(1);
    expect(spans[0]!.attributes).toMatchObject({
      'gen_ai.completion.0.finish_reason': 'tool_calls',
      'gen_ai.completion.0.tool_calls.0.id': 'call_a',
      'gen_ai.completion.0.tool_calls.0.name': 'look_up',
      'gen_ai.completion.0.tool_calls.0.arguments': '{"day":1}',
      'gen_ai.completion.0.tool_calls.1.name': 'book',
      'gen_ai.completion.0.tool_calls.1.arguments': '{"room":2}',
    });
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const)('reads a response encoded with %s', async (encoding, compress) => {
    await using server = await startChatServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(compress(JSON.stringify(completion('Room 4'))));
    });
    const { value, spans } = await watched(new ModelCallTracer(), () =>
      client(server).chat.completions.create(QUESTION),
    );
    expect(value.choices[0]?.message.content).toBe('Room 4');
    expect(spans[0]!.attributes['gen_ai.completion.0.content']).toBe('Room 4');
  });

  it('records an HTTP error without the key that the server quotes', async () => {
    await using server = await startChatServer(({ headers }, response) => {
      sendJson(response, 500, { error: { message: `Broken for ${headers.authorization}` } });
    });

    const { value, spans } = await watched(new ModelCallTracer(), () =>
      client(server)
        .chat.completions.create(QUESTION)
        .catch((error: unknown) => error),
    );

    expect(value).toBeInstanceOf(APIError);
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      status: { statusCode: 'ERROR', description: 'Broken for ***' },
      attributes: { 'http.response.status_code': 500, 'error.type': '500', 'gen_ai.prompt.0.content': 'Which room?' },
    });
    expect(JSON.stringify(spans)).not.toContain('sk-secret');
  });

  it('records what an endpoint calls its error, and how long it asks to be left alone', async () => {
    await using server = await startChatServer((_, response) => {
      response.setHeader('retry-after', '20');
      response.setHeader('x-other', 'not recorded');
      sendJson(response, 429, { error: { message: 'Slow down', type: 'requests', code: 'rate_limit_exceeded' } });
    });
    const { spans } = await watched(new ModelCallTracer(), () =>
      client(server)
        .chat.completions.create(QUESTION)
        .catch(() => undefined),
    );
    expect(spans[0]!.attributes).toMatchObject({
      'agentlightning.capture.error_code': 'rate_limit_exceeded',
      'http.response.header.retry-after': ['20'],
    });
    expect(JSON.stringify(spans)).not.toContain('not recorded');
  });

  it('tells its sink of keys before anything is recorded that may quote them', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const told: string[] = [];
    const trace = new ModelCallTracer().startTrace({
      rolloutId: 'ro-1',
      attemptId: 'at-1',
      traceId: '0'.repeat(32),
      sink: { add: () => told.push('span'), conceal: (secrets) => told.push(...secrets) },
    });
    await trace.run(async () => {
      await client(server).chat.completions.create(QUESTION);
    });
    await trace.end();
    expect(told).toEqual(['Bearer sk-secret-0123456789', 'sk-secret-0123456789', 'span']);
  });

  it('records each try of a client that tries again', async () => {
    let calls = 0;
    await using server = await startChatServer((_, response) => {
      calls += 1;
      if (calls === 1) {
        response.setHeader('retry-after-ms', '1');
        sendJson(response, 503, { error: { message: 'busy' } });
      } else sendJson(response, 200, completion('Room 4'));
    });
    const retrying = new OpenAI({ baseURL: server.baseURL, apiKey: 'k', maxRetries: 1 });
    const { spans } = await watched(new ModelCallTracer(), () => retrying.chat.completions.create(QUESTION));
    expect(spans.map((span) => span.status?.statusCode)).toEqual(['ERROR', 'OK']);
  });

  it('records a call that is sent elsewhere once', async () => {
    await using server = await startChatServer(({ path }, response) => {
      if (path.startsWith('/v1')) response.writeHead(307, { location: '/v2/chat/completions' }).end();
      else sendJson(response, 200, completion('Room 4'));
    });
    const { spans } = await watched(new ModelCallTracer(), () => client(server).chat.completions.create(QUESTION));
    expect(spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/v2/chat/completions']);
  });

  it('records a call that finds nobody', async () => {
    const server = await startChatServer(() => {});
    await server[Symbol.asyncDispose]();
    const { value, spans } = await watched(new ModelCallTracer(), () =>
      client(server)
        .chat.completions.create(QUESTION)
        .catch((error: unknown) => error),
    );
    expect(value).toBeInstanceOf(APIError);
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ status: { statusCode: 'ERROR' }, attributes: { 'error.type': 'ECONNREFUSED' } });
  });

  it('records what came of a stream that the agent aborts, and the abort works', async () => {
    let hungUp: Promise<unknown> | undefined;
    await using server = await startChatServer((_, response) => {
      hungUp = once(response, 'close');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(streamOf([{ role: 'assistant', content: 'Room' }], 'stop').split('\n\n')[0]);
      response.write('\n\n');
    });

    const { value, spans } = await watched(new ModelCallTracer(), async () => {
      const controller = new AbortController();
      const stream = await client(server).chat.completions.create(
        { ...QUESTION, stream: true },
        { signal: controller.signal },
      );
      const iterator = stream[Symbol.asyncIterator]();
      const first = (await iterator.next()) as IteratorYieldResult<OpenAI.ChatCompletionChunk>;
      controller.abort();
      await iterator.next().catch((error: unknown) => expect(error).toBeInstanceOf(APIUserAbortError));
      return first.value.choices[0]?.delta.content;
    });
    await hungUp;

    expect(value).toBe('Room');
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      status: { statusCode: 'ERROR' },
      attributes: { 'gen_ai.completion.0.content': 'Room' },
    });
  });

  it('records a call that is still open when the agent ends, and nothing after that', async () => {
    await using server = await startChatServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(streamOf([{ role: 'assistant', content: 'Room' }], 'stop').split('\n\n')[0]);
      response.write('\n\n');
    });
    const controller = new AbortController();
    const { value: stream, spans } = await watched(new ModelCallTracer(), async () => {
      const answer = await client(server).chat.completions.create(
        { ...QUESTION, stream: true },
        { signal: controller.signal },
      );
      await answer[Symbol.asyncIterator]().next();
      return { late: () => client(server).chat.completions.create({ ...QUESTION, stream: true }) };
    });
    expect(spans).toHaveLength(1);
    expect(spans[0]!.status).toEqual({ statusCode: 'UNSET', description: 'Still open when the agent ended' });
    (await stream.late()).controller.abort();
    controller.abort();
    expect(spans).toHaveLength(1);
  });

  it('sees a client that was built before the run, and one with the fetch of the undici package', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const early = client(server);
    await early.chat.completions.create(QUESTION);
    const withUndici = new OpenAI({
      baseURL: server.baseURL,
      apiKey: 'k',
      fetch: undici.fetch as unknown as typeof globalThis.fetch,
    });
    const { spans } = await watched(new ModelCallTracer(), async () => {
      await early.chat.completions.create(QUESTION);
      await withUndici.chat.completions.create(QUESTION);
    });
    expect(spans.map((span) => span.attributes['gen_ai.completion.0.content'])).toEqual(['Room 4', 'Room 4']);
  });

  it('records nothing of a call outside of an attempt, while attempts run', async () => {
    const [agentAsked, optimiserAnswered] = [deferred(), deferred()];
    await using server = await startChatServer(async ({ headers }, response) => {
      // The agent's call stays open until the other one has come and gone.
      if (headers['x-caller'] === 'agent') {
        agentAsked.resolve();
        await optimiserAnswered.promise;
      }
      sendJson(response, 200, completion(`to the ${String(headers['x-caller'])}`));
    });
    const ask = (caller: string): Promise<OpenAI.ChatCompletion> =>
      client(server).chat.completions.create({ ...QUESTION, stream: false }, { headers: { 'x-caller': caller } });
    const attempt = watched(new ModelCallTracer(), () => ask('agent'));
    await agentAsked.promise;
    expect(areInPlace(found)).toBe(false);
    const optimised = await ask('optimiser');
    optimiserAnswered.resolve();
    const { value: worked, spans } = await attempt;
    expect([optimised, worked].map(({ choices }) => choices[0]?.message.content)).toEqual([
      'to the optimiser',
      'to the agent',
    ]);
    expect(spans.map((span) => span.attributes['gen_ai.completion.0.content'])).toEqual(['to the agent']);
  });

  it.each([
    ['where nobody uses it', undefined],
    ['where somebody does', Object.freeze({ version: '1.9.0', trace: {}, context: {}, propagation: {} })],
  ])("leaves OpenTelemetry's global providers and propagator alone %s", async (_where, api) => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const openTelemetry = Symbol.for('opentelemetry.js.api.1');
    const globals = globalThis as unknown as Record<symbol, unknown>;
    if (api !== undefined) globals[openTelemetry] = api;
    try {
      const seen: unknown[] = [];
      const { spans } = await watched(new ModelCallTracer(), async () => {
        seen.push(globals[openTelemetry]);
        await client(server).chat.completions.create(QUESTION);
        seen.push(globals[openTelemetry]);
      });
      seen.push(globals[openTelemetry]);
      expect(spans).toHaveLength(1);
      for (const value of seen) expect(value).toBe(api);
      expect(Object.hasOwn(globalThis, openTelemetry)).toBe(api !== undefined);
      expect(server.requests[0]?.headers).not.toHaveProperty('traceparent');
    } finally {
      Reflect.deleteProperty(globalThis, openTelemetry);
    }
  });

  it('records nothing of other requests', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, { data: [] }));
    const post = (path: string, body: string): Promise<Response> =>
      fetch(`${server.baseURL}${path}`, { method: 'POST', body });
    const { spans } = await watched(new ModelCallTracer(), async () => {
      await client(server).embeddings.create({ model: 'e', input: 'x', encoding_format: 'float' });
      await fetch(`${server.baseURL}/chat/completions`);
      await post('/chat/completions', 'not JSON');
      await post('/chat/completions', '{"prompt":"x"}');
      await post('/chat/completions/export', JSON.stringify(QUESTION));
      await post('/surveys/1/responses', '{"answer":42}');
    });
    expect(server.requests).toHaveLength(6);
    expect(spans).toEqual([]);
  });

  it('keeps attempts that run at once apart', async () => {
    await using server = await startChatServer(({ body }, response) => {
      const asked = (JSON.parse(body) as { messages: { content: string }[] }).messages[0]!.content;
      setImmediate(() => sendJson(response, 200, completion(`to ${asked}`)));
    });
    const shared = client(server);
    const tracer = new ModelCallTracer();
    const names = Array.from({ length: 8 }, (_, index) => `agent ${index}`);
    const runs = await Promise.all(
      names.map((content) =>
        watched(tracer, async () => {
          for (let turn = 0; turn < 3; turn++) {
            await shared.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] });
          }
        }),
      ),
    );
    for (const [index, { spans }] of runs.entries()) {
      expect(spans).toHaveLength(3);
      for (const span of spans) expect(span.attributes['gen_ai.completion.0.content']).toBe(`to ${names[index]}`);
    }
  });

  it('sends the body unchanged, from text, bytes and streams', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const text = JSON.stringify({ ...QUESTION, note: 'é😀'.repeat(50_000) });
    const bodies: (() => NonNullable<RequestInit['body']>)[] = [
      () => text,
      () => new TextEncoder().encode(text),
      () => new Blob([text]).stream(),
    ];
    const { spans } = await watched(new ModelCallTracer(), async () => {
      for (const body of bodies) {
        const init = { method: 'POST', body: body(), duplex: 'half' } as RequestInit;
        const response = await fetch(`${server.baseURL}/chat/completions`, init);
        expect(await response.json()).toEqual(completion('Room 4'));
      }
    });
    expect(server.requests.map((request) => request.body === text)).toEqual([true, true, true]);
    expect(spans.map((span) => span.attributes['gen_ai.prompt.0.content'])).toEqual(Array(3).fill('Which room?'));
  });

  it('leaves bodies past its limit out, and says so', async () => {
    const long = 'x'.repeat(MAX_CAPTURED_BYTES + 1);
    await using server = await startChatServer(({ headers }, response) => {
      if (headers['x-compressed'] === undefined) return sendJson(response, 200, completion(long));
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify(completion(long))));
    });
    const ask = (content: string, headers = {}): Promise<unknown> =>
      client(server).chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] }, { headers });
    const { spans } = await watched(new ModelCallTracer(), async () => {
      await ask(long);
      await ask('short');
      await ask('short', { 'x-compressed': '1' });
    });
    expect(spans.map((span) => span.attributes[OMITTED_ATTRIBUTE])).toEqual([
      ['request', 'response'],
      ['response'],
      ['response'],
    ]);
    expect(JSON.stringify(spans).length).toBeLessThan(10_000);
    expect(spans[1]!.attributes['gen_ai.prompt.0.content']).toBe('short');
  });

  it('hangs a call below the operation that makes it', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const { spans } = await watched(new ModelCallTracer(), () =>
      runInAttempt({ rollout: {} as never, traceId: '', sink: { add: () => {} }, logger: silentLogger }, () =>
        runInOperation('00000000000000aa', () => client(server).chat.completions.create(QUESTION)),
      ),
    );
    expect(spans[0]!.parentId).toBe('00000000000000aa');
  });

  it('leaves the dispatcher alone that somebody set during the run, and still sees calls through it afterwards', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const before = globalDispatchers();
    const tracer = new ModelCallTracer();
    tracer.install();
    const own = new undici.Agent();
    try {
      // Wraps ours, as an agent that adds an interceptor does.
      undici.setGlobalDispatcher(
        undici.getGlobalDispatcher().compose((dispatch) => (options, handler) => dispatch(options, handler)),
      );
      const first = await watched(tracer, () => client(server).chat.completions.create(QUESTION));
      expect(first.spans).toHaveLength(1);
      undici.setGlobalDispatcher(own);
      const theirs = globalDispatchers();
      tracer.uninstall();
      expect(areInPlace(theirs)).toBe(true);
      expect((await client(server).chat.completions.create(QUESTION)).id).toBe('chatcmpl-1');
    } finally {
      SLOTS.forEach((slot, index) => {
        (globalThis as unknown as Record<symbol, unknown>)[slot] = before[index];
      });
      await own.close();
    }
  });

  it('watches until the last of several users is done', async () => {
    const first = new ModelCallTracer();
    const second = new ModelCallTracer();
    first.install();
    first.install();
    second.install();
    expect(areInPlace(found)).toBe(false);
    first.uninstall();
    second.uninstall();
    expect(areInPlace(found)).toBe(false);
    first.uninstall();
    expect(areInPlace(found)).toBe(true);
    first.uninstall();
    expect(areInPlace(found)).toBe(true);
  });

  it('counts what it cannot record and lets the call succeed', async () => {
    await using server = await startChatServer((_, response) => sendJson(response, 200, completion('Room 4')));
    const tracer = new ModelCallTracer();
    const trace = tracer.startTrace({
      rolloutId: 'ro-1',
      attemptId: 'at-1',
      traceId: '0'.repeat(32),
      sink: {
        add: () => {
          throw new Error('a broken sink');
        },
      },
    });
    const answer = await trace.run(() => client(server).chat.completions.create(QUESTION));
    await trace.end();
    expect(answer.choices[0]?.message.content).toBe('Room 4');
    expect(tracer.failedCaptures).toBe(1);
  });
});
