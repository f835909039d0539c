import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { InMemoryLightningStore, type LightningStore, systemClock } from '@agentlightning/core';
import fc from 'fast-check';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memory, sqlite } from '../../../test/backends.ts';
import { encodeTraces, otlpSpan, tracesOf } from '../../../test/otlp-payload.ts';
import { type RunningServer, recordingLogger, send, startServer } from '../../../test/running-server.ts';

const MIB = 1024 ** 2;
type Traces = ReturnType<typeof tracesOf>;

/** A server, an attempt on it, and a way to send it traces. */
async function startWithAttempt(
  options: Parameters<typeof startServer>[0] = {},
): Promise<RunningServer & { readonly ids: Record<string, string>; readonly rolloutId: string }> {
  const running = await startServer({ token: null, ...options });
  const { rolloutId, attempt } = await running.store.startRollout({ input: 1 });
  const ids = { 'agentlightning.rollout_id': rolloutId, 'agentlightning.attempt_id': attempt.attemptId };
  return { ...running, ids, rolloutId };
}

const formats = {
  protobuf: { type: 'application/x-protobuf', encode: (traces: Traces) => Buffer.from(encodeTraces(traces)) },
  json: { type: 'application/json', encode: (traces: Traces) => Buffer.from(JSON.stringify(traces)) },
} as const;

async function post(
  { server }: RunningServer,
  body: Uint8Array,
  headers: Record<string, string> = { 'content-type': formats.protobuf.type },
): Promise<{ status: number; type: string | undefined; bytes: Buffer }> {
  const response = await request(`${server.url}/v1/traces`, { method: 'POST', headers, body });
  const { 'content-type': type } = response.headers as Record<string, string>;
  return { status: response.statusCode, type, bytes: Buffer.from(await response.body.arrayBuffer()) };
}

async function storedNames(store: LightningStore, rolloutId: string): Promise<string[]> {
  return (await store.querySpans({ rolloutId })).items.map(({ name }) => name);
}

describe.each(Object.entries(formats))('POST /v1/traces as %s', (name, { type, encode }) => {
  it('stores spans, plain and gzipped, and answers the empty message', async () => {
    const running = await startWithAttempt();
    const plain = await post(running, encode(tracesOf(running.ids, [otlpSpan(1)])), { 'content-type': type });
    const zipped = await post(running, gzipSync(encode(tracesOf(running.ids, [otlpSpan(2)]))), {
      'content-type': type,
      'content-encoding': 'gzip',
    });
    for (const reply of [plain, zipped]) {
      expect(reply).toMatchObject({ status: 200, type });
      expect(reply.bytes.toString()).toBe(name === 'json' ? '{}' : '');
    }
    expect(await storedNames(running.store, running.rolloutId)).toEqual(['span 1', 'span 2']);
    expect(await running.store.getRolloutById(running.rolloutId)).toMatchObject({ status: 'running' });
  });

  it('stores the good part of a batch, and says how many spans were rejected and why', async () => {
    const running = await startWithAttempt();
    const unknown = { key: 'agentlightning.rollout_id', value: { stringValue: 'ro-unknown' } };
    const nested = { key: 'v', value: { kvlistValue: {} } };
    const spans = [
      otlpSpan(1),
      otlpSpan(2, { attributes: [unknown] }),
      otlpSpan(3, { attributes: [nested] }),
      otlpSpan(4, { events: [{ name: 'e', attributes: [{ key: 'n', value: {} }] }] }),
      otlpSpan(5, { attributes: [{ key: 'v', value: { doubleValue: 'NaN' } }] }),
      otlpSpan(6),
    ];
    const reply = await post(running, encode(tracesOf(running.ids, spans)), { 'content-type': type });
    expect(reply.status).toBe(200);
    expect(await storedNames(running.store, running.rolloutId)).toEqual(['span 1', 'span 6']);
    const message = [
      "span 0000000000000003: attribute 'v' is outside the span model",
      "span 0000000000000004: event attribute 'n' is outside the span model",
      "span 0000000000000005: attribute 'v' is outside the span model",
      'Rollout ro-unknown not found',
    ].join('; ');
    if (name === 'json') {
      expect(JSON.parse(reply.bytes.toString())).toEqual({
        partialSuccess: { rejectedSpans: '4', errorMessage: message },
      });
    } else {
      // partial_success: rejected_spans, field 1, is 4; error_message, field 2, is the text.
      expect([...reply.bytes.subarray(0, 1), ...reply.bytes.subarray(-message.length - 5, -message.length)]).toEqual(
        expect.arrayContaining([0x0a, 0x08, 4, 0x12]),
      );
      expect(reply.bytes.toString()).toContain(message);
    }
  });

  it('refuses a payload that it cannot read with 400 and the reason', async () => {
    const running = await startWithAttempt();
    const reply = await post(running, Buffer.from([0x0a, 0x7f, 1]), { 'content-type': type });
    expect(reply).toMatchObject({ status: 400, type });
    expect(reply.bytes.toString()).toContain('Unable to parse OTLP traces payload: ');
  });
});

describe('POST /v1/traces', () => {
  it('skips spans that name no attempt, without a word to the exporter', async () => {
    const logger = recordingLogger();
    const running = await startWithAttempt({ logger });
    const reply = await post(running, encodeTraces(tracesOf({ 'service.name': 'other' }, [otlpSpan(1), otlpSpan(2)])));
    expect(reply).toMatchObject({ status: 200 });
    expect(reply.bytes).toHaveLength(0);
    expect(logger.lines).toEqual([expect.stringContaining('"spans":2')]);
  });

  it('gives numbers to spans without one in their order, and takes those that were given', async () => {
    const running = await startWithAttempt();
    const numbered = (value: unknown) => ({ attributes: [{ key: 'agentlightning.span_sequence_id', value }] });
    const spans = [
      otlpSpan(1),
      otlpSpan(2, numbered({ intValue: '9' })),
      otlpSpan(3),
      otlpSpan(4, numbered({ doubleValue: 3 })),
    ];
    await post(running, encodeTraces(tracesOf(running.ids, spans)));
    const { items } = await running.store.querySpans({ rolloutId: running.rolloutId, sortBy: 'spanId' });
    expect(items.map(({ sequenceId }) => sequenceId)).toEqual([1, 9, 2, 3]);
    expect(await running.store.getNextSpanSequenceId(running.rolloutId, 'any')).toBe(10);
  });

  it('takes the number of a resource for all of its spans, if it is a whole number and no double', async () => {
    const running = await startWithAttempt();
    const traces = tracesOf(running.ids, [otlpSpan(1), otlpSpan(2)]) as {
      resourceSpans: { resource: { attributes: unknown[] } }[];
    };
    const { attributes } = traces.resourceSpans[0]!.resource;
    for (const [number, value] of [{ stringValue: ' 7_0 ' }, { doubleValue: 8 }].entries()) {
      attributes[2] = { key: 'agentlightning.span_sequence_id', value };
      const spans = [otlpSpan(10 * number + 1), otlpSpan(10 * number + 2)];
      await post(running, encodeTraces({ resourceSpans: [{ ...traces.resourceSpans[0], scopeSpans: [{ spans }] }] }));
    }
    const { items } = await running.store.querySpans({ rolloutId: running.rolloutId, sortBy: 'spanId' });
    expect(items.map(({ sequenceId }) => sequenceId)).toEqual([70, 70, 71, 72]);
    expect(items.at(-1)?.resource.attributes['agentlightning.span_sequence_id']).toBe(8);
  });

  it('takes the ids of a span before those of its resource, also ids that are no text', async () => {
    const running = await startWithAttempt();
    const { ids, store } = running;
    const attributes = Object.entries(ids).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    await post(running, encodeTraces(tracesOf({ 'agentlightning.rollout_id': 'x' }, [otlpSpan(1, { attributes })])));
    expect(await storedNames(store, running.rolloutId)).toEqual(['span 1']);
    const asNumber = [{ key: 'agentlightning.rollout_id', value: { doubleValue: 5 } }];
    const reply = await post(running, encodeTraces(tracesOf(ids, [otlpSpan(2, { attributes: asNumber })])));
    expect(reply.bytes.toString()).toContain('Rollout 5.0 not found');
  });

  it.each([
    ['another encoding', 'br', 415],
    ['two encodings', 'gzip, gzip', 415],
    ['a gzip stream that is none', 'gzip', 400],
  ])('refuses %s, and stores nothing', async (_, encoding, status) => {
    const running = await startWithAttempt();
    const headers = { 'content-type': formats.protobuf.type, 'content-encoding': encoding };
    const reply = await post(running, encodeTraces(tracesOf(running.ids, [otlpSpan(1)])), headers);
    expect(reply).toMatchObject({ status, type: formats.protobuf.type });
    expect(await storedNames(running.store, running.rolloutId)).toEqual([]);
  });

  it.each(['', 'x', 'text/plain', 'application/x-protobuf2'])(
    'refuses the content type %j with 400 and a Status that says so',
    async (type) => {
      const running = await startWithAttempt();
      const reply = await post(running, encodeTraces(tracesOf(running.ids, [otlpSpan(1)])), { 'content-type': type });
      expect(reply).toMatchObject({ status: 400, type: formats.protobuf.type });
      expect(reply.bytes.toString()).toMatch(/Unsupported Content-Type '.*', expected 'application\/x-protobuf'/);
      expect(await storedNames(running.store, running.rolloutId)).toEqual([]);
    },
  );

  it('refuses a body beyond the limit as it comes, without its length being told', async () => {
    const running = await startWithAttempt({ limits: { bulkBodyBytes: 50_000 } });
    const { port } = running.server;
    const parts = async function* (): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < 100; sent++) yield randomBytes(1_000);
    };
    const response = await request(`http://127.0.0.1:${port}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': formats.protobuf.type },
      body: Readable.from(parts()),
    });
    expect(response.statusCode).toBe(413);
    // The rest of it would be read as the next request.
    expect(response.headers['connection']).toBe('close');
    await response.body.dump();
  });

  it('refuses more parts than there is memory for with 413', async () => {
    const running = await startWithAttempt();
    const body = Buffer.from(
      JSON.stringify({ resourceSpans: [{ unknown: Array.from({ length: 2_000_001 }, () => []) }] }),
    );
    expect((await post(running, body, { 'content-type': 'application/json' })).status).toBe(413);
  });

  it('refuses bombs with 413, and keeps its memory', async () => {
    const running = await startWithAttempt();
    const bomb = gzipSync(Buffer.alloc(200 * MIB));
    const liar = Buffer.from(bomb);
    liar.writeUInt32LE(MIB, liar.length - 4);
    const headers = { 'content-type': formats.protobuf.type, 'content-encoding': 'gzip' };
    const before = process.memoryUsage().rss;
    let most = before;
    for (let round = 0; round < 5; round++) {
      for (const body of [bomb, liar]) expect((await post(running, body, headers)).status).toBe(413);
      most = Math.max(most, process.memoryUsage().rss);
    }
    expect((most - before) / MIB).toBeLessThan(50);
  });

  it.each([
    ['memory', memory],
    ['a file', sqlite],
  ])('never answers that bad input is the fault of a server of a store in %s', async (_, backend) => {
    const opened = await backend.open({ clock: systemClock });
    onTestFinished(() => opened.dispose?.());
    const { store } = opened;
    const running = await startWithAttempt({ store });
    const everything = {
      attributes: [
        { key: 'agentlightning.span_sequence_id', value: { intValue: '3' } },
        { key: 's', value: { stringValue: 'text' } },
        { key: 'l', value: { arrayValue: { values: [{ intValue: '1' }, { doubleValue: 2.5 }] } } },
      ],
      events: [{ name: 'e', timeUnixNano: '1700000000000000000' }],
      links: [{ traceId: '01', spanId: '02' }],
      status: { code: 2, message: 'm' },
    };
    const traces = tracesOf(running.ids, [otlpSpan(1, everything), otlpSpan(2)]);
    const sound = Buffer.from(encodeTraces(traces));
    const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const bytes = Buffer.from(sound);
        for (const [at, byte] of changes) bytes[at] = byte;
        expect((await post(running, bytes)).status).toBeOneOf([200, 400]);
      }),
      { numRuns: 200 },
    );
    const json = { 'content-type': 'application/json' };
    for (const text of ['\\u0000', '\\ud800', '__proto__', 'x'.repeat(100_000)]) {
      const body = Buffer.from(JSON.stringify(traces).replaceAll('span 2', text).replaceAll('"s"', `"${text}"`));
      expect((await post(running, body, json)).status).toBe(200);
    }
  });

  it('is told to come back when the store cannot be asked, and never that bad input is the fault of the server', async () => {
    const store = new InMemoryLightningStore();
    const running = await startWithAttempt({ store });
    const body = encodeTraces(tracesOf(running.ids, [otlpSpan(1)]));
    await store.close();
    expect((await post(running, body)).status).toBe(503);
  });

  it.each(['metrics', 'logs', 'development/profiles'])(
    'is the only signal: /v1/%s is not implemented',
    async (signal) => {
      const { server } = await startServer({ token: null });
      const reply = await send(`${server.url}/v1/${signal}`, 'POST', Buffer.from('x'), {
        'content-type': formats.protobuf.type,
      });
      expect(reply).toMatchObject({ status: 501, body: '' });
      expect(reply.headers['content-type']).toBeUndefined();
    },
  );
});
