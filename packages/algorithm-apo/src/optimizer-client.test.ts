import type { ModelCallOptions, StepScope } from '@agentlightning/core';
import { freePort } from '@agentlightning/core/testing';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { type ModelReply, type ModelRequest, startScriptedModel } from '../test/scripted-model.ts';
import { OptimizerClient, type OptimizerClientOptions } from './optimizer-client.ts';

const KEY = 'sk-very-secret-1234567890';
const REQUEST = { model: 'critic', temperature: 0.5, messages: [{ role: 'user' as const, content: 'Why?' }] };

/** A step whose calls are made once: trying again is the run's, see `test/endpoint-faults.test.ts`. */
function step(signal = new AbortController().signal): StepScope & { calls: number } {
  return {
    signal,
    idempotencyKey: 'key',
    calls: 0,
    async llm(call) {
      this.calls += 1;
      return await call(signal, () => {});
    },
  };
}

/** Asks once, of an endpoint that gives these replies one after the other. */
async function ask(replies: readonly ModelReply[], options: OptimizerClientOptions & { times?: number } = {}) {
  const { times = 1, ...clientOptions } = options;
  await using model = await startScriptedModel(
    (_request: ModelRequest, number) => replies[Math.min(number, replies.length) - 1],
  );
  const client = new OptimizerClient(model.client({ apiKey: KEY, maxRetries: 5 }), clientOptions);
  const scope = step();
  const texts: string[] = [];
  for (let time = 0; time < times; time += 1) texts.push(await client.ask(scope, REQUEST));
  return { texts, requests: model.requests, calls: scope.calls };
}

/** What {@link ask} rejects with, and all that could be printed of it. */
async function failure(replies: readonly ModelReply[], options?: Parameters<typeof ask>[1]) {
  const error = await ask(replies, options).then(
    () => expect.unreachable('it should have failed'),
    (thrown: unknown) => thrown as Error & { code: string; details: Record<string, unknown>; cause?: Error },
  );
  return {
    error,
    printed: [error.message, error.stack, JSON.stringify(error.details), error.cause?.message, error.cause?.stack].join(
      '\n',
    ),
  };
}

const REFUSED_TEMPERATURE: ModelReply = {
  status: 400,
  error: {
    message: "Unsupported value: 'temperature' does not support 0.5",
    type: 'invalid_request_error',
    param: 'temperature',
    code: 'unsupported_value',
  },
};

describe('OptimizerClient.ask()', () => {
  it('gives the text of the reply', async () => {
    expect((await ask(['Because.'])).texts).toEqual(['Because.']);
  });

  it.each<[string, ModelReply, string]>([
    ['a refusal', { content: null, refusal: 'I cannot help with that' }, 'refusal'],
    ['a filtered reply', { content: 'Par', finishReason: 'content_filter' }, 'refusal'],
    ['a refused request', { status: 400, error: { message: 'no', code: 'content_policy_violation' } }, 'refusal'],
    ['an empty reply', { content: ' \n' }, 'empty'],
    ['a reply without content', { content: null }, 'empty'],
    ['a reply that was cut off', { content: 'Because it', finishReason: 'length' }, 'length'],
    [
      'a request that is too long',
      { status: 400, error: { message: 'too long', code: 'context_length_exceeded' } },
      'too-long',
    ],
  ])('records %s as an answer that is no use', async (_what, reply, reason) => {
    const { error } = await failure([reply]);
    expect(error).toMatchObject({ code: 'STEP_FAILED', details: { failure: reason, model: 'critic' } });
  });

  it('takes any text in upstream mode, but no empty one', async () => {
    expect((await ask([{ content: 'Because it', finishReason: 'length' }], { isUpstream: true })).texts).toEqual([
      'Because it',
    ]);
    expect((await failure([''], { isUpstream: true })).error.code).toBe('STEP_FAILED');
  });

  it.each<[string, ModelReply, string]>([
    [
      'a wrong key',
      { status: 401, error: { message: `Incorrect API key provided: ${KEY}`, code: 'invalid_api_key' } },
      'Check the API key',
    ],
    ['a masked wrong key', { status: 403, error: { message: 'Key sk-very-*****7890 may not' } }, 'Check the API key'],
    [
      'an unknown model',
      { status: 404, error: { message: 'The model `critic` does not exist', code: 'model_not_found' } },
      'does not exist',
    ],
    [
      'no quota',
      { status: 429, error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
      'quota',
    ],
    ['a server that fails', { status: 500, error: { message: 'oops' } }, 'oops'],
    [
      'a parameter it does not know',
      { status: 400, error: { message: 'bad messages', param: 'messages' } },
      'bad messages',
    ],
  ])('says that the model cannot be used for %s, without the key', async (_what, reply, said) => {
    const { error, printed } = await failure([reply]);
    expect(error).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      details: { model: 'critic', host: expect.stringContaining('127.0.0.1') },
    });
    expect(error.message).toContain(said);
    expect(printed).not.toMatch(/very-secret|sk-very/);
  });

  it('says so when nobody answers, with the reason of the system', async () => {
    const client = new OptimizerClient(
      new OpenAI({ baseURL: `http://127.0.0.1:${await freePort()}/v1`, apiKey: KEY, maxRetries: 0 }),
    );
    await expect(client.ask(step(), REQUEST)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:\d+.*ECONNREFUSED.*Check that the endpoint runs/s),
    });
  });

  it('resends once without a temperature that the model refuses, and remembers', async () => {
    const { texts, requests, calls } = await ask([REFUSED_TEMPERATURE, 'One.', 'Two.'], { times: 2 });
    expect(texts).toEqual(['One.', 'Two.']);
    expect(requests.map(({ temperature }) => temperature)).toEqual([0.5, undefined, undefined]);
    expect(calls).toBe(3);
  });

  it('stops in upstream mode when the model refuses the temperature', async () => {
    const { error } = await failure([REFUSED_TEMPERATURE], { isUpstream: true });
    expect(error).toMatchObject({ code: 'MODEL_UNAVAILABLE', message: expect.stringContaining('temperature') });
  });

  it('makes one request for each call, whatever the client would retry', async () => {
    await using model = await startScriptedModel(() => ({ status: 503, error: { message: 'later' } }));
    const client = new OptimizerClient(model.client({ maxRetries: 5 }));
    await expect(client.ask(step(), REQUEST)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    expect(model.requests).toHaveLength(1);
  });

  it('tells the run where the call goes and what the client was told about tries, but for its defaults, and how long the request is', async () => {
    const told: (ModelCallOptions | undefined)[] = [];
    const listening: StepScope = {
      ...step(),
      llm: async (call, options) => {
        told.push(options);
        return await call(new AbortController().signal, () => {});
      },
    };
    await using model = await startScriptedModel(() => 'Because.');
    const host = new URL(model.baseUrl).host;
    await new OptimizerClient(model.client({ maxRetries: 4 })).ask(listening, REQUEST);
    await new OptimizerClient(new OpenAI({ baseURL: model.baseUrl, apiKey: KEY, timeout: 5000 })).ask(
      listening,
      REQUEST,
    );
    expect(told).toEqual([
      { host, model: 'critic', promptTokens: 12, maxRetries: 4, isPassing: expect.any(Function) },
      { host, model: 'critic', promptTokens: 12, timeoutSeconds: 5, isPassing: expect.any(Function) },
    ]);
  });

  it('tells the run the headers of an answer', async () => {
    const heard: (string | null | undefined)[] = [];
    const listening: StepScope = {
      ...step(),
      llm: (call) => call(new AbortController().signal, (header) => void heard.push(header('content-type'))),
    };
    await using model = await startScriptedModel(() => 'Because.');
    await new OptimizerClient(model.client()).ask(listening, REQUEST);
    expect(heard).toEqual(['application/json']);
  });

  it('takes the completion of a wrapped client, which has no response to give', async () => {
    await using model = await startScriptedModel(() => 'Because.');
    const client = model.client();
    const create = client.chat.completions.create.bind(client.chat.completions) as (body: never) => Promise<unknown>;
    const wrapped = {
      baseURL: client.baseURL,
      timeout: client.timeout,
      maxRetries: client.maxRetries,
      chat: { completions: { create: async (body: never) => await create(body) } },
    };
    expect(await new OptimizerClient(wrapped as unknown as OpenAI).ask(step(), REQUEST)).toBe('Because.');
  });

  it('shows no secret of a header either', async () => {
    const secret = 'header-secret-0123456789';
    await using model = await startScriptedModel(() => ({
      status: 401,
      error: { message: `Not ${secret}\u001b[31m` },
    }));
    const client = new OpenAI({
      baseURL: model.baseUrl,
      apiKey: KEY,
      defaultHeaders: { 'x-api-key': secret },
    });
    const error = await new OptimizerClient(client).ask(step(), REQUEST).catch((thrown: unknown) => thrown as Error);
    expect(String(error)).toContain('Not [key]');
    expect(String(error)).not.toContain('\u001b');
  });

  it('rejects with the reason of the stop when the run is stopped', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    await using model = await startScriptedModel(() => {
      stop.abort(reason);
      return new Promise(() => {});
    });
    await expect(new OptimizerClient(model.client()).ask(step(stop.signal), REQUEST)).rejects.toBe(reason);
  });
});
