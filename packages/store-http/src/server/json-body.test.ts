import { connect as connectSocket, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type RawReply, type RunningServer, recordingLogger, startServer } from '../../test/running-server.ts';

const ENQUEUE = '/v1/agl/queues/rollouts/enqueue';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Sends a text as JSON. */
function post({ send }: RunningServer, text: string, path = ENQUEUE): Promise<RawReply> {
  return send('POST', path, text, JSON_TYPE);
}

// Whatever was sent, what every object inherits is what it was: an attempt to add to it throws. (It cannot be frozen: libraries give objects
// of their own a `toString`.)
Object.preventExtensions(Object.prototype);
const inherited = Object.getOwnPropertyNames(Object.prototype).sort();
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(inherited);
});

describe('request bodies', () => {
  it('are limited, control requests to less than batches', async () => {
    const { send } = await startServer({ limits: { bodyBytes: 1_000, bulkBodyBytes: 2_000 } });
    const enqueue = (bytes: number) => send('POST', ENQUEUE, { rollouts: [{ input: 'x'.repeat(bytes) }] });
    const update = (bytes: number) =>
      send('POST', '/v1/agl/workers/w', { heartbeat_stats: { text: 'x'.repeat(bytes) } });
    expect((await enqueue(1_500)).status).toBe(201);
    expect((await enqueue(2_500)).status).toBe(413);
    expect((await update(900)).status).toBe(200);
    expect((await update(1_500)).status).toBe(413);
  });

  it('may have 1 MiB, those of batches 32 MiB, 100,000 entries in a list and 1,000,000 objects, lists and keys', async () => {
    const running = await startServer();
    const { send } = running;
    const longest = (limit: number, frame: string): string => frame.replace('…', 'x'.repeat(limit - frame.length + 1));
    for (const [path, frame, limit] of [
      ['/v1/agl/workers/w', '{"heartbeat_stats":{"text":"…"}}', 1024 ** 2],
      [ENQUEUE, '{"rollouts":[],"text":"…"}', 32 * 1024 ** 2],
    ] as const) {
      expect((await post(running, longest(limit, frame), path)).status, path).toBeLessThan(300);
      expect((await post(running, longest(limit + 1, frame), path)).status, path).toBe(413);
    }
    const wait = async (count: number): Promise<number> =>
      (await send('POST', '/v1/agl/waits/rollouts', { rollout_ids: Array(count).fill('x'), timeout: 0 })).status;
    expect([await wait(100_000), await wait(100_001)]).toEqual([200, 413]);
    // Two objects, two lists and two keys are around them.
    const input = async (count: number): Promise<number> =>
      (await post(running, `{"rollouts":[{"input":[${Array(count).fill('{}').join()}]}]}`)).status;
    expect([await input(999_994), await input(999_995)]).toEqual([201, 413]);
  });

  it.each([
    ['lists', (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`],
    ['objects', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ])('of too many levels of %s are refused and do no harm', async (_, nested) => {
    const running = await startServer();
    const body = (depth: number): string => `{"rollouts":[{"input":${nested(depth)}}]}`;
    expect((await post(running, body(90))).status).toBe(201);
    expect((await post(running, body(101))).status).toBe(400);
    expect((await post(running, body(400_000))).status).toBe(400);
    expect((await post(running, body(1_000_000))).status).toBe(413);
    expect(await running.send('GET', '/v1/agl/statistics')).toMatchObject({ body: { total_rollouts: 1 } });
  });

  it('of more objects, lists and keys than the limit are refused, texts and numbers not counted', async () => {
    const running = await startServer({ limits: { jsonNodes: 20 } });
    const input = async (json: string): Promise<number> =>
      (await post(running, `{"rollouts":[{"input":${json}}]}`)).status;
    // The frame has two objects, a list and two keys.
    expect(await input(`[${Array(14).fill('{}').join()}]`)).toBe(201);
    expect(await input(`[${Array(15).fill('{}').join()}]`)).toBe(413);
    expect(await input(`{${Array.from({ length: 14 }, (_, key) => `"${key}":0`).join()}}`)).toBe(201);
    expect(await input(`{${Array.from({ length: 15 }, (_, key) => `"${key}":0`).join()}}`)).toBe(413);
    expect(await input(`[${Array(1_000).fill('1').join()}]`)).toBe(201);
    expect(await input(JSON.stringify('{[:'.repeat(1_000)))).toBe(201);
    expect(await input(JSON.stringify('"\\{[:'.repeat(1_000)))).toBe(201);
  });

  it('with a list at the top of more entries than the limit are refused, lists of user data are not', async () => {
    const running = await startServer({ limits: { batchItems: 3 } });
    const rollouts = (count: number): string => JSON.stringify({ rollouts: Array(count).fill({ input: 1 }) });
    expect((await post(running, rollouts(3))).status).toBe(201);
    expect((await post(running, rollouts(4))).status).toBe(413);
    expect((await post(running, '{"rollouts":[{"input":[1,2,3,4,5]}]}')).status).toBe(201);
    expect(
      (await post(running, '{"rollout_ids":["a","b","c","d"],"timeout":0}', '/v1/agl/waits/rollouts')).status,
    ).toBe(413);
    expect((await post(running, '[1,2,3,4]')).status).toBe(413);
  });

  it.each(['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '[{"a":{"__proto__":1}}]'])(
    'with %s are refused',
    async (input) => {
      const running = await startServer();
      expect((await post(running, `{"rollouts":[{"input":${input}}]}`)).status).toBe(400);
      expect((await post(running, `{"rollouts":[{"input":1,"metadata":${input}}]}`)).status).toBe(400);
      expect((await post(running, input)).status).toBe(400);
    },
  );

  it('with names that objects inherit come back as they were, in whatever place user data has', async () => {
    const running = await startServer();
    const names = [...inherited.filter((name) => name !== '__proto__'), 'prototype', 'length', '', 'then'];
    const hostile = fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (input, metadata) => {
        const reply = await post(running, JSON.stringify({ rollouts: [{ input, metadata }] }));
        if (reply.status === 201) expect(reply.body).toMatchObject([JSON.parse(JSON.stringify({ input, metadata }))]);
        else expect(reply.status).toBe(400);
      }),
      { numRuns: 300 },
    );
  });

  it('with the same names as resources, workers and in queries do no harm', async () => {
    const running = await startServer({ logger: recordingLogger() });
    for (const name of [...inherited, 'prototype']) {
      const template = { resource_type: 'prompt_template', template: 't', engine: 'f-string' };
      const replies = [
        await post(running, `{${JSON.stringify(name)}:${JSON.stringify(template)}}`, '/v1/agl/resources'),
        await post(running, '{}', `/v1/agl/workers/${name}`),
        await running.send('GET', `/v1/agl/rollouts?${name}=x&sort_by=${name}`),
        await running.send('GET', `/v1/agl/spans?rollout_id=${name}&${name}[prototype]=x`),
        await post(running, JSON.stringify({ sort_by: name }), '/v1/agl/rollouts/search'),
        await post(running, JSON.stringify({ [name]: 1, rollout_ids: [name], timeout: 0 }), '/v1/agl/waits/rollouts'),
        await running.send('GET', `/v1/agl/resources/${name}`),
        await running.send('GET', `/v1/agl/rollouts/${name}/attempts/latest`),
      ];
      expect(replies.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
    }
  });

  it('that come in pieces at the same time are kept apart', async () => {
    const { send } = await startServer();
    const bodies = Array.from('abcdefgh', (letter, index) => ({
      rollouts: [{ input: letter.repeat(150_000 * (index + 1)) }],
    }));
    const replies = await Promise.all(bodies.map((body) => send('POST', ENQUEUE, body)));
    expect(replies.map(({ body }) => body)).toMatchObject(bodies.map(({ rollouts }) => rollouts));
  });

  it('that grow past the limit as they come, without having said so, are refused', async () => {
    const { send } = await startServer({ limits: { bulkBodyBytes: 200_000 } });
    const chunked = (bytes: number): Readable => Readable.from([`{"rollouts":[{"input":"`, 'x'.repeat(bytes), '"}]}']);
    expect((await send('POST', ENQUEUE, chunked(150_000), JSON_TYPE)).status).toBe(201);
    expect((await send('POST', ENQUEUE, chunked(250_000), JSON_TYPE)).status).toBe(413);
  });

  it('that do not come do not keep the server from closing', async () => {
    const { server } = await startServer({ limits: { requestTimeoutMs: 60_000 } });
    const socket = await open(server);
    socket.write(`POST /v1/agl/spans HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\ncontent-length: 10\r\n`);
    // The reply still to be written gets a moment, not the whole time that a request may take.
    await server.close();
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  });
});

describe('the content type of a body', () => {
  it.each([
    '',
    ' ',
    'application/+json',
    'application/json',
    'application/json ; charset=utf-8',
    'APPLICATION/JSON\t;x',
    'application/vnd.x+json',
  ])('%j is JSON, and checked like any other', async (contentType) => {
    const { send } = await startServer();
    const headers = { 'content-type': contentType };
    expect((await send('POST', ENQUEUE, '{"rollouts":[{"input":1}]}', headers)).status).toBe(201);
    expect((await send('POST', ENQUEUE, '{"rollouts":[{"mode":"other"}]}', headers)).status).toBe(422);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '%s, which a form can send, is refused',
    async (contentType) => {
      const { send } = await startServer();
      expect((await send('POST', ENQUEUE, '{"rollouts":[]}', { 'content-type': contentType })).status).toBe(422);
    },
  );

  it.each(['x', 'text/', '/json', 'application/json, text/plain', 'a b/c', ';', '"'])(
    '%j, which is none, is refused with a body and no obstacle without one',
    async (contentType) => {
      const { send } = await startServer();
      const headers = { 'content-type': contentType };
      const reply = await send('POST', ENQUEUE, '{"rollouts":[]}', headers);
      expect(reply).toMatchObject({
        status: 422,
        body: { detail: [{ type: 'model_attributes_type', loc: ['body'] }] },
      });
      expect((await send('POST', '/v1/agl/queues/rollouts/dequeue', '', headers)).status).toBe(200);
    },
  );

  it('however it is written, never lets a body by that the schema refuses', async () => {
    const running = await startServer();
    const type = fc.oneof(
      fc.constantFrom(
        'application/json',
        'application/JSON',
        'application/x+json',
        'text/json',
        '',
        '*',
        'application/*',
      ),
      fc.string({ unit: fc.constantFrom(...Array.from('aplictonjs/+;= \t"*,.')), maxLength: 24 }),
    );
    const around = fc.constantFrom(
      '',
      ' ',
      '\t',
      ';',
      ' ;',
      ';charset=utf-8',
      '; charset=utf-16',
      ',',
      ', text/plain',
      ';"',
      '\t;a=b',
    );
    const body = fc.constantFrom(
      [true, '{"rollouts":[{"input":1}]}'],
      [true, ' {"rollouts":[{"input":1,"config":{"max_attempts":"2"}}]} '],
      [false, '{"rollouts":[{"mode":"other","input":1}]}'],
      [false, '{"rollouts":"x"}'],
      [false, '{"rollouts":[{"input":1}]}}'],
      [false, '{"rollouts":[{"input":1,"__proto__":{}}]}'],
      [false, 'rollouts=1'],
    ) as fc.Arbitrary<[boolean, string]>;
    await fc.assert(
      fc.asyncProperty(around, type, around, body, async (before, middle, after, [isRight, text]) => {
        const { status } = await running.send('POST', ENQUEUE, text, { 'content-type': `${before}${middle}${after}` });
        // A right body may be refused for its type; a wrong one is always.
        expect(status).toSatisfy((code: number) => (isRight && code === 201) || (code >= 400 && code < 500));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['gzip', 400],
    ['identity', 201],
    ['br', 400],
    ['gzip, gzip', 400],
    ['x', 400],
  ])('with the encoding %s is answered with %i: only OTLP is unpacked', async (encoding, status) => {
    const { send } = await startServer();
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    expect((await send('POST', ENQUEUE, '{"rollouts":[]}', headers)).status).toBe(status);
  });

  it.each([
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 400],
    ['UTF-16', Buffer.from('{"rollouts":[]}', 'utf16le'), 422],
    ['a byte order mark', Buffer.from('\ufeff{"rollouts":[]}'), 422],
    ['NaN', '{"rollouts":[{"input":NaN}]}', 422],
    ['two values', '{"rollouts":[]}{"rollouts":[]}', 422],
    ['a text', '"rollouts"', 422],
    ['nothing', '', 422],
  ])('JSON, with a body of %s, is answered with the status %i for it', async (_, body, status) => {
    const { send } = await startServer();
    expect((await send('POST', ENQUEUE, body, JSON_TYPE)).status).toBe(status);
  });
});

function open({ port }: RunningServer['server']): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {});
    socket.resume();
  });
}
