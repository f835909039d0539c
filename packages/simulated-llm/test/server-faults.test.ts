import { describe, expect, it } from 'vitest';
import { type Fault, type FaultRule, type SimulatedLlm, startSimulatedLlm } from '../src/index.ts';

const body = { model: 'sim-agent-weak', messages: [{ role: 'user', content: 'Hello' }] };

/** Asks a server with these faults once (or as often as `times`), and closes it. */
async function ask(rules: readonly FaultRule[], { stream = false, times = 1 } = {}): Promise<Response[]> {
  const server = await startSimulatedLlm({ faults: rules });
  try {
    const responses: Response[] = [];
    for (let time = 0; time < times; time++) responses.push(await post(server, { ...body, stream }));
    return responses;
  } finally {
    await server.close();
  }
}

/** The response, its body already read. */
async function post(server: SimulatedLlm, content: object, signal: AbortSignal | null = null): Promise<Response> {
  const url = `${server.baseUrl}/chat/completions`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(content), signal });
  return new Response(await response.arrayBuffer(), { status: response.status, headers: response.headers });
}

async function completionWith(
  fault: Fault,
): Promise<{ choices: { message: unknown; finish_reason: string }[]; usage?: object }> {
  const [response] = await ask([{ fault }]);
  expect(response?.status).toBe(200);
  return (await response?.json()) as never;
}

describe('faults', () => {
  it('429 with Retry-After in seconds or as a date, then the answer', async () => {
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
    const rules: FaultRule[] = [
      { fault: { kind: 'status', status: 429, retryAfter: 2 }, requests: [1] },
      { fault: { kind: 'status', status: 429, retryAfter: date }, requests: [2] },
    ];
    const [first, second, third] = await ask(rules, { times: 3 });
    expect([first?.status, first?.headers.get('retry-after')]).toEqual([429, '2']);
    expect(second?.headers.get('retry-after')).toBe(date);
    expect(await first?.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect(third?.status).toBe(200);
  });

  it.each([500, 503])('%i', async (status) => {
    const [response] = await ask([{ fault: { kind: 'status', status } }]);
    expect(response?.status).toBe(status);
    expect(await response?.json()).toMatchObject({ error: { type: 'server_error' } });
  });

  it('a quota that is used up, by its code', async () => {
    const [response] = await ask([{ fault: { kind: 'status', status: 429, code: 'insufficient_quota' } }]);
    expect(await response?.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
  });

  it('an error with headers and a message of its own', async () => {
    const headers = { 'retry-after-ms': '250' };
    const [response] = await ask([{ fault: { kind: 'status', status: 529, headers, message: 'Overloaded' } }]);
    expect([response?.status, response?.headers.get('retry-after-ms')]).toEqual([529, '250']);
    expect(await response?.json()).toMatchObject({ error: { message: 'Overloaded' } });
  });

  it('a connection reset', async () => {
    await expect(ask([{ fault: { kind: 'reset' } }])).rejects.toThrow();
  });

  it.each([false, true])('a connection reset within the body (stream: %s)', async (stream) => {
    const server = await startSimulatedLlm({ faults: [{ fault: { kind: 'reset', after: 'first-bytes' } }] });
    const url = `${server.baseUrl}/chat/completions`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ ...body, stream }) });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    await server.close();
  });

  it('a body without an end, until the client leaves', async () => {
    const server = await startSimulatedLlm({ faults: [{ fault: { kind: 'endless' } }] });
    const leaving = new AbortController();
    const url = `${server.baseUrl}/chat/completions`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal: leaving.signal });
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > 1_000_000) break;
    }
    leaving.abort();
    while ((await server.stats()).inFlight > 0) await new Promise(setImmediate);
    await server.close();
  });

  it.each([false, true])('a body cut off in the middle (stream: %s)', async (stream) => {
    await expect(ask([{ fault: { kind: 'truncate' } }], { stream })).rejects.toThrow();
  });

  it('JSON cut off in the middle', async () => {
    const [response] = await ask([{ fault: { kind: 'garbage' } }]);
    expect(response?.status).toBe(200);
    await expect(response?.json()).rejects.toThrow(SyntaxError);
  });

  it('an event that is no JSON in a stream', async () => {
    const [response] = await ask([{ fault: { kind: 'garbage' } }], { stream: true });
    const events = ((await response?.text()) ?? '').split('\n\n').filter((event) => event.startsWith('data: {'));
    const parses = events.map((event) => {
      try {
        return Boolean(JSON.parse(event.slice('data: '.length)));
      } catch {
        return false;
      }
    });
    expect(parses).toContain(false);
    expect(parses).toContain(true);
  });

  it('an HTML page with status 200', async () => {
    const [response] = await ask([{ fault: { kind: 'html' } }]);
    expect([response?.status, response?.headers.get('content-type')]).toEqual([200, 'text/html']);
  });

  it.each([false, true])('bytes that are no UTF-8 (stream: %s)', async (stream) => {
    const [response] = await ask([{ fault: { kind: 'bad-utf8' } }], { stream });
    const bytes = await response?.arrayBuffer();
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow(TypeError);
  });

  it.each<[Fault['kind'], object]>([
    ['empty-content', { content: '' }],
    ['null-content', { content: null }],
    ['refusal', { content: null, refusal: expect.any(String) as string }],
  ])('%s', async (kind, message) => {
    const { choices } = await completionWith({ kind } as Fault);
    expect(choices[0]?.message).toMatchObject(message);
  });

  it('a tool call, a cut answer, a filtered one', async () => {
    const choice = async (fault: Fault) => (await completionWith(fault)).choices[0];
    expect(await choice({ kind: 'tool-call' })).toMatchObject({
      message: { content: null, tool_calls: [{ type: 'function' }] },
      finish_reason: 'tool_calls',
    });
    expect(await choice({ kind: 'cut-at-length' })).toMatchObject({ finish_reason: 'length' });
    expect(await choice({ kind: 'content-filter' })).toMatchObject({
      message: { content: '' },
      finish_reason: 'content_filter',
    });
  });

  it('no choices, no usage, far too much content', async () => {
    expect((await completionWith({ kind: 'empty-choices' })).choices).toEqual([]);
    expect((await completionWith({ kind: 'missing-usage' })).usage).toBeUndefined();
    const { choices } = await completionWith({ kind: 'oversized', characters: 100_000 });
    expect(choices[0]?.message).toMatchObject({ content: 'x'.repeat(100_000) });
  });

  it.each(['nothing', 'first-bytes'] as const)('a stall after %s that passes', async (after) => {
    const [response] = await ask([{ fault: { kind: 'stall', after, durationMs: 5 } }]);
    expect(await response?.json()).toMatchObject({ object: 'chat.completion' });
  });

  it.each(['nothing', 'first-bytes'] as const)('a stall after %s ends when the client leaves', async (after) => {
    const server = await startSimulatedLlm({ faults: [{ fault: { kind: 'stall', after } }] });
    const leaving = new AbortController();
    const asking = post(server, body, leaving.signal);
    const left = expect(asking).rejects.toThrow();
    while ((await server.stats()).inFlight === 0) await new Promise(setImmediate);
    leaving.abort();
    await left;
    while ((await server.stats()).inFlight > 0) await new Promise(setImmediate);
    expect(await server.requests()).toMatchObject([{ fault: 'stall', finishedMs: expect.any(Number) as number }]);
    await server.close();
  });

  it.each(['nothing', 'first-bytes'] as const)('a stall after %s ends when the server closes', async (after) => {
    const server = await startSimulatedLlm({ faults: [{ fault: { kind: 'stall', after } }] });
    const left = expect(post(server, body)).rejects.toThrow();
    while ((await server.stats()).inFlight === 0) await new Promise(setImmediate);
    await Promise.all([server.close(), server.close()]);
    await left;
  });

  it('are counted', async () => {
    const server = await startSimulatedLlm({ faults: [{ fault: { kind: 'html' }, occurrences: [1] }] });
    await post(server, body);
    await post(server, body);
    expect(await server.stats()).toMatchObject({ calls: 2, faults: 1, repeatedBodies: 1 });
    expect((await server.requests()).map(({ fault }) => fault)).toEqual(['html', null]);
    await server.close();
  });
});
