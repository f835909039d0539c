import { connect as connectSocket, type Socket } from 'node:net';
import { InMemoryLightningStore } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { type RunningServer, send, startServer } from '../../test/running-server.ts';
import type { Operation } from '../operation.ts';
import * as operationTable from '../operations.ts';
import { buildApp } from './app.ts';
import { ClaimDesk } from './claim-desk.ts';
import { Guard } from './guard.ts';
import { resolveServerOptions } from './server-options.ts';

const operations: readonly Operation[] = Object.values(operationTable);
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** What the router really serves, not what the table says. */
async function liveRoutes(): Promise<{ method: string; url: string }[]> {
  const store = new InMemoryLightningStore();
  const options = resolveServerOptions({});
  const context = {
    store,
    claims: new ClaimDesk(store, options.logger),
    closing: new AbortController().signal,
    logger: options.logger,
    bulkBodyBytes: 1024,
  };
  const app = buildApp(context, new Guard({ token: 'token', loopback: true }), options);
  const routes: { method: string; url: string }[] = [];
  app.addHook('onRoute', ({ method, url }) => void routes.push({ method: String(method), url }));
  await app.ready();
  await app.close();
  await store.close();
  return routes;
}

const pathOf = (url: string): string => url.replace(/:\w+/g, 'x');

describe('routes', () => {
  it('are those of the operation table, and of OTLP', async () => {
    const names = (list: readonly { method: string; url: string }[]): string[] =>
      list.map(({ method, url }) => `${method} ${url}`).sort();
    const otlp = ['traces', 'metrics', 'logs', 'development/profiles'];
    const expected = [
      ...operations.map(({ method, path }) => ({ method, url: path })),
      ...otlp.map((signal) => ({ method: 'POST', url: `/v1/${signal}` })),
    ];
    expect(names(await liveRoutes())).toEqual(names(expected));
  });

  it('are closed without the right token, whatever the method, all but health', async () => {
    const { server } = await startServer();
    const tokens: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Bearer ${server.token}x` },
      { authorization: `Digest ${server.token}` },
      { authorization: `Basic ${Buffer.from('agl:wrong').toString('base64')}` },
      { authorization: `Basic ${Buffer.from(`${server.token}`).toString('base64')}` },
      { cookie: `token=${server.token}` },
    ];
    const routes = await liveRoutes();
    for (const path of new Set(routes.map(({ url }) => pathOf(url)))) {
      for (const method of METHODS) {
        if (path === '/v1/agl/health' && method === 'GET') continue;
        for (const headers of tokens) {
          const { status } = await send(`${server.url}${path}`, method, undefined, headers);
          expect(`${method} ${path} ${JSON.stringify(headers)} ${status}`).toMatch(/ 401$/);
        }
      }
    }
  });

  it.each([
    '/nowhere',
    '/v1/agl/statistics/',
    '//v1/agl/statistics',
    '/v1/agl/health/../statistics',
    '/v1/agl/health%2F..%2Fstatistics',
    '/v1/agl/health;x',
    '/V1/AGL/statistics',
    '/v1/agl/rollouts/%2F',
    '/v1/agl/health?token=x/../statistics',
  ])('%s does not get round the token', async (path) => {
    const { server } = await startServer();
    const { status, body } = await send(`${server.url}${path}`, 'GET');
    if (path.startsWith('/v1/agl/health?')) expect(body).toEqual({ status: 'ok' });
    else expect(status).toBe(401);
  });

  it('open with the token as bearer or as a password, and health to everybody', async () => {
    const { server, send: authorised } = await startServer();
    const basic = `Basic ${Buffer.from(`agl:${server.token}`).toString('base64')}`;
    expect(await authorised('GET', '/v1/agl/statistics')).toMatchObject({ status: 200 });
    expect(await send(`${server.url}/v1/agl/statistics`, 'GET', undefined, { authorization: basic })).toMatchObject({
      status: 200,
    });
    expect(await send(`${server.url}/v1/agl/health`, 'GET')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

describe('the guard of a loopback server', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '127.0.0.1', '127.0.0.1:1', ''])(
    'refuses the Host %j even with the token',
    async (host) => {
      const { send } = await startServer();
      expect(await send('GET', '/v1/agl/statistics', undefined, { host })).toMatchObject({ status: 403 });
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]', 'LocalHost'])('takes its own name %s', async (name) => {
    const { server, send } = await startServer();
    const headers = { host: `${name}:${server.port}` };
    expect(await send('GET', '/v1/agl/statistics', undefined, headers)).toMatchObject({ status: 200 });
  });

  it('refuses pages of other origins and takes its own', async () => {
    const { server, send } = await startServer();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await send('POST', '/v1/agl/queues/rollouts/dequeue', undefined, headers)).status;
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: `http://localhost:${server.port}` })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ origin: server.url, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await status({ 'sec-fetch-site': 'none' })).toBe(200);
  });
});

describe('request bodies', () => {
  it('are limited, control requests to less than batches', async () => {
    const { send } = await startServer({ limits: { bodyBytes: 1_000, bulkBodyBytes: 2_000 } });
    const enqueue = (bytes: number) =>
      send('POST', '/v1/agl/queues/rollouts/enqueue', { rollouts: [{ input: 'x'.repeat(bytes) }] });
    const update = (bytes: number) =>
      send('POST', '/v1/agl/workers/w', { heartbeat_stats: { text: 'x'.repeat(bytes) } });
    expect((await enqueue(1_500)).status).toBe(201);
    expect((await enqueue(2_500)).status).toBe(413);
    expect((await update(900)).status).toBe(200);
    expect((await update(1_500)).status).toBe(413);
  });

  it('of a million levels are refused and do no harm', async () => {
    const { send } = await startServer();
    const headers = { 'content-type': 'application/json' };
    const deep = `{"rollouts":[{"input":${'['.repeat(1e6)}${']'.repeat(1e6)}}]}`;
    expect(await send('POST', '/v1/agl/queues/rollouts/enqueue', deep, headers)).toMatchObject({ status: 400 });
    expect(await send('GET', '/v1/agl/statistics')).toMatchObject({ status: 200, body: { total_rollouts: 0 } });
  });

  it.each(['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'])(
    'with %s are refused',
    async (input) => {
      const { send } = await startServer();
      const headers = { 'content-type': 'application/json' };
      const body = `{"rollouts":[{"input":${input}}]}`;
      expect(await send('POST', '/v1/agl/queues/rollouts/enqueue', body, headers)).toMatchObject({ status: 400 });
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );

  it.each(['application/json', 'application/json ; charset=utf-8', 'APPLICATION/JSON\t;x', 'application/vnd.x+json'])(
    'of the content type %j are checked like any other',
    async (contentType) => {
      const { send } = await startServer();
      const headers = { 'content-type': contentType };
      const post = (body: string) => send('POST', '/v1/agl/queues/rollouts/enqueue', body, headers);
      expect((await post('{"rollouts":[{"input":1}]}')).status).toBe(201);
      expect((await post('{"rollouts":[{"mode":"other"}]}')).status).toBe(422);
    },
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'of the content type %s, which a form can send, are refused',
    async (contentType) => {
      const { send } = await startServer();
      const reply = await send('POST', '/v1/agl/queues/rollouts/enqueue', '{"rollouts":[]}', {
        'content-type': contentType,
      });
      expect(reply.status).toBe(422);
    },
  );

  it('that do not come do not keep the server from closing', async () => {
    const { server } = await startServer({ limits: { requestTimeoutMs: 60_000 } });
    const socket = await open(server);
    socket.write(`POST /v1/agl/spans HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\ncontent-length: 10\r\n`);
    // The reply still to be written gets a moment, not the whole time that a request may take.
    await server.close();
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  });
});

function open(server: RunningServer['server']): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connectSocket(server.port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {});
    socket.resume();
  });
}
