import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  drawLatencyMs,
  hashBody,
  type SimulatedLlm,
  type SimulatedLlmOptions,
  startSimulatedLlm,
} from '../src/index.ts';
import { generateRoomsHard, type RoomTask, roomsAndAvailability, roomToolDefinition } from '../src/rooms-hard/index.ts';
import { oraclePrompt, render } from './simulated-agent.ts';

const { val } = generateRoomsHard();
const user = { role: 'user' as const, content: render(oraclePrompt, val[0] as RoomTask) };
const hello = [{ role: 'user' as const, content: 'Hello' }];

describe('the server, asked through the openai package', () => {
  let server: SimulatedLlm;
  let client: OpenAI;

  beforeAll(async () => {
    server = await startSimulatedLlm({ apiKey: 'right', aliases: { 'gpt-5-mini': 'sim-critic' } });
    client = new OpenAI({ baseURL: server.baseUrl, apiKey: 'right', maxRetries: 0 });
  });
  afterAll(() => server.close());

  /** The error that a request is refused with. */
  const refusal = async (body: object, asker = client): Promise<APIError> => {
    const error = await asker.chat.completions.create(body as never).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(APIError);
    return error as APIError;
  };

  it('plays the agent in two steps, streamed or not, to the same answer', async () => {
    const ask = { model: 'sim-agent-strong', temperature: 0, tools: [roomToolDefinition as never] };
    const first = await client.chat.completions.create({ ...ask, messages: [user] });
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    const message = first.choices[0]?.message as OpenAI.ChatCompletionMessage;
    const call = message.tool_calls?.[0] as OpenAI.ChatCompletionMessageFunctionToolCall;
    const slot = JSON.parse(call.function.arguments) as { date: string; time: string; duration_min: number };
    const table = roomsAndAvailability(slot.date, slot.time, slot.duration_min);
    const messages = [user, message, { role: 'tool' as const, tool_call_id: call.id, content: JSON.stringify(table) }];
    const second = await client.chat.completions.create({ ...ask, messages });
    expect(second.choices[0]?.message.content).toBe(val[0]?.expectedChoice);

    const toolStream = await client.chat.completions.stream({ ...ask, messages: [user] }).finalChatCompletion();
    expect(toolStream.choices[0]?.message.tool_calls?.[0]).toMatchObject({ id: call.id, function: call.function });
    const textStream = await client.chat.completions
      .stream({ ...ask, messages, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(textStream.choices[0]?.message.content).toBe(val[0]?.expectedChoice);
    expect(textStream.usage).toEqual(second.usage);
  });

  it('labels what it says as simulated', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'sim-critic', messages: hello })
      .withResponse();
    expect(response.headers.get('x-simulated')).toBe('true');
    expect(response.headers.get('x-request-id')).toMatch(/^req-sim-/);
    expect(data.system_fingerprint).toMatch(/^sim-/);
    expect(data.id).toMatch(/^chatcmpl-sim-/);
  });

  it('counts tokens as text length over four, and says so in usage', async () => {
    const { usage } = await client.chat.completions.create({ model: 'sim-agent-weak', messages: hello });
    expect(usage).toEqual({ prompt_tokens: 4 + 2, completion_tokens: 15, total_tokens: 21 });
  });

  it('streams the usage only when asked to', async () => {
    const chunks = async (options: object) => {
      const stream = await client.chat.completions.create({
        model: 'sim-agent-weak',
        messages: hello,
        stream: true,
        ...options,
      });
      const all: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) all.push(chunk);
      return all;
    };
    expect((await chunks({})).some((chunk) => chunk.usage)).toBe(false);
    const withUsage = await chunks({ stream_options: { include_usage: true } });
    expect(withUsage.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 21 } });
    expect(withUsage.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('heeds n, stop, max_tokens and the response format', async () => {
    const ask = (options: object) =>
      client.chat.completions.create({ model: 'sim-agent-weak', messages: hello, ...options, stream: false });
    expect((await ask({ n: 3 })).choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect((await ask({ stop: [' see', ','] })).choices[0]).toMatchObject({
      message: { content: 'I cannot' },
      finish_reason: 'stop',
    });
    expect((await ask({ max_tokens: 2 })).choices[0]).toMatchObject({
      message: { content: 'I cannot' },
      finish_reason: 'length',
    });
    const schema = { type: 'object', properties: { room: { type: 'string', enum: ['A'] } }, required: ['room'] };
    const format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    expect((await ask({ response_format: format })).choices[0]?.message.content).toBe('{"room":"A"}');
  });

  it('answers the same to the same request, and may answer otherwise to another seed of the request', async () => {
    const choice = async (seed: number) => {
      const content = '<prompt>\nFind.\n</prompt>\n<critique>\n- Reject booked rooms.\n</critique>';
      const { choices } = await client.chat.completions.create({
        model: 'sim-editor',
        seed,
        messages: [{ role: 'user', content }],
      });
      return choices[0]?.message.content;
    };
    expect(await choice(1)).toBe(await choice(1));
    const answers = new Set(await Promise.all(Array.from({ length: 12 }, (_, seed) => choice(seed))));
    expect(answers.size).toBeGreaterThan(1);
  });

  it('refuses another key with 401, and does not repeat it', async () => {
    const stranger = new OpenAI({ baseURL: server.baseUrl, apiKey: 'wrong-key', maxRetries: 0 });
    const error = await refusal({ model: 'sim-critic', messages: hello }, stranger);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(error.message).not.toContain('wrong-key');
  });

  it('does not know other models: 404 model_not_found', async () => {
    expect(await refusal({ model: 'gpt-4o', messages: hello })).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('refuses a temperature on a fixed-temperature model with 400 unsupported_value', async () => {
    const model = 'sim-critic-fixed-temperature';
    expect(await refusal({ model, messages: hello, temperature: 0.7 })).toMatchObject({
      status: 400,
      code: 'unsupported_value',
      param: 'temperature',
    });
    await client.chat.completions.create({ model, messages: hello, temperature: 1 });
    await client.chat.completions.create({ model, messages: hello });
  });

  it('refuses a body that is no JSON with 400', async () => {
    const response = await fetch(`${server.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer right' },
      body: '{',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('lists its models, aliases among them, and answers under the name it was asked by', async () => {
    const models = (await client.models.list()).data.map(({ id }) => id);
    expect(models).toEqual(expect.arrayContaining(['sim-agent-weak', 'sim-editor-careless', 'gpt-5-mini']));
    expect((await client.models.retrieve('sim-critic')).id).toBe('sim-critic');
    await expect(client.models.retrieve('gpt-9')).rejects.toMatchObject({ status: 404 });
    const { model } = await client.chat.completions.create({ model: 'gpt-5-mini', messages: hello });
    expect(model).toBe('gpt-5-mini');
  });
});

describe('what the server counts', () => {
  it('calls by model, repeated bodies, refusals and tokens, until it is reset', async () => {
    await withServer({}, async (server) => {
      for (const [model, content] of [
        ['sim-critic', 'one'],
        ['sim-critic', 'one'],
        ['sim-editor', 'two'],
        ['nobody', 'three'],
      ]) {
        await post(server, { model, messages: [{ role: 'user', content }] });
      }
      expect(await server.stats()).toMatchObject({
        calls: 3,
        callsByModel: { 'sim-critic': 2, 'sim-editor': 1 },
        repeatedBodies: 1,
        refused: 1,
        inFlight: 0,
        promptTokens: 15,
      });
      await server.resetStats();
      expect(await server.stats()).toMatchObject({ calls: 0, callsByModel: {}, repeatedBodies: 0, promptTokens: 0 });
      expect(await server.requests()).toEqual([]);
    });
  });

  it('the peak of requests in flight', async () => {
    await withServer({ faults: [{ fault: { kind: 'stall' } }] }, async (server) => {
      const leaving = new AbortController();
      const body = { model: 'sim-critic', messages: [{ role: 'user', content: 'one' }] };
      const asked = Array.from({ length: 3 }, () => post(server, body, leaving.signal));
      while ((await server.stats()).inFlight < 3) await new Promise(setImmediate);
      leaving.abort();
      await Promise.allSettled(asked);
      while ((await server.stats()).inFlight > 0) await new Promise(setImmediate);
      expect((await server.stats()).peakInFlight).toBe(3);
    });
  });

  it('when each request was worked on', async () => {
    // Real waits, as latency is what the server simulates.
    const latency = { critic: { kind: 'lognormal', medianMs: 30, p99Ms: 60 } } as const;
    await withServer({ latency, seed: 5 }, async (server) => {
      const bodies = ['one', 'two', 'three'].map((content) => ({
        model: 'sim-critic',
        messages: [{ role: 'user', content }],
      }));
      await Promise.all(bodies.map((body) => post(server, body)));
      const records = await server.requests();
      expect(records).toHaveLength(3);
      for (const body of bodies) {
        const hash = hashBody(JSON.stringify(body));
        const record = records.find((one) => one.hash === hash);
        expect(record).toMatchObject({ status: 200, latencyMs: drawLatencyMs(latency, 'critic', hash, 5) });
        // Timers may fire a millisecond early by the clock that stamps the log.
        expect((record?.finishedMs ?? 0) - (record?.startedMs ?? 0)).toBeGreaterThan((record?.latencyMs ?? 0) - 2);
      }
    });
  });

  it('requests queue when there are fewer servers than requests', async () => {
    await withServer({ latency: { critic: { kind: 'constant', ms: 10 }, servers: 1 } }, async (server) => {
      const ask = (content: string) => post(server, { model: 'sim-critic', messages: [{ role: 'user', content }] });
      await Promise.all([ask('one'), ask('two'), ask('three')]);
      const finished = (await server.requests()).map(({ finishedMs }) => finishedMs ?? 0).sort((a, b) => a - b);
      expect((finished[2] ?? 0) - (finished[0] ?? 0)).toBeGreaterThan(15);
    });
  });
});

/** Runs `use` with a server that is closed afterwards. */
async function withServer(options: SimulatedLlmOptions, use: (server: SimulatedLlm) => Promise<void>): Promise<void> {
  const server = await startSimulatedLlm(options);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

async function post(server: SimulatedLlm, body: object, signal: AbortSignal | null = null): Promise<void> {
  const url = `${server.baseUrl}/chat/completions`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal });
  await response.text();
}
