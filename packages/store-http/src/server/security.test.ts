// What keeps strangers out, for every route that the router really serves.
import { METHODS } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { InMemoryLightningStore } from '@agentlightning/core';
import { Client } from 'undici';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type RunningServer, recordingLogger, send, startServer } from '../../test/running-server.ts';
import type { Operation } from '../operation.ts';
import * as operationTable from '../operations.ts';
import { buildApp } from './app.ts';
import { ClaimDesk } from './claim-desk.ts';
import { Guard } from './guard.ts';
import { resolveServerOptions } from './server-options.ts';

const operations: readonly Operation[] = Object.values(operationTable);
/** CONNECT asks for no path: Node ends its connection. */
const ALL_METHODS = METHODS.filter((method) => method !== 'CONNECT');
const USUAL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

interface Route {
  readonly method: string;
  readonly url: string;
}

/** What the router really serves, not what the table says. */
async function liveRoutes(): Promise<Route[]> {
  const store = new InMemoryLightningStore();
  const options = resolveServerOptions({});
  const { logger, limits } = options;
  const claims = new ClaimDesk(store, logger);
  const closing = new AbortController().signal;
  const context = { store, claims, closing, logger, bulkBodyBytes: limits.bulkBodyBytes };
  const guard = new Guard({ token: 'token', loopback: true, corsOrigins: [], allowedHosts: [] });
  const app = buildApp(context, guard, options);
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url }) => void routes.push({ method: String(method), url }));
  await app.ready();
  await app.close();
  await store.close();
  return routes;
}

const pathOf = (url: string): string => url.replace(/:\w+/g, 'x');

/** Ways to write a path that a router, a proxy or a hook might read differently. */
function variantsOf(path: string): string[] {
  const [, first = '', ...rest] = path.split('/');
  const encoded = path.replaceAll(/[^/]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  return [
    `${path}/`,
    `/${path}`,
    `${path}//`,
    path.toUpperCase(),
    encoded,
    `/${path.replaceAll('/', '%2F')}`,
    `/${path.slice(1).replaceAll('/', '%2f')}`,
    `/${path.slice(1).replaceAll('/', '%252f')}`,
    `/./${path.slice(1)}`,
    `/x/..${path}`,
    `/x/%2e%2e${path}`,
    `/v1/agl/health/..${path}`,
    `/v1/agl/health/%2e%2e${path}`,
    `/v1/agl/health%2F..${path}`,
    `/v1/agl/health;${path}`,
    `/v1/agl/health%00${path}`,
    `/v1/agl/health%0d%0a${path}`,
    `/v1/agl/health%3f${path}`,
    `/v1/agl/health%23${path}`,
    `${path};x=y`,
    `/${first};x/${rest.join('/')}`,
    `${path}%00`,
    `${path}%20`,
    `${path}.`,
    `${path}.json`,
    `${path}%`,
    `${path}%zz`,
    `${path}/%c0%af`,
    path.replaceAll('/', '//'),
    `${path}/${'x'.repeat(600)}`,
  ];
}

/** Sends paths as they are: what takes a URL resolves its dots first. */
function rawSender({ server }: RunningServer): (method: string, path: string, body?: string) => Promise<number> {
  const client = new Client(server.url);
  onTestFinished(() => client.close());
  return async (method, path, body) => {
    const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const reply = await client.request({ path, method: method as 'GET', headers, body: body ?? null });
    await reply.body.dump();
    return reply.statusCode;
  };
}

let routes: Route[];
let paths: string[];
beforeAll(async () => {
  routes = await liveRoutes();
  paths = [...new Set(routes.map(({ url }) => pathOf(url)))];
});

describe('routes', () => {
  it('are those of the operation table and of OTLP, and no others', () => {
    const names = routes.map(({ method, url }) => `${method} ${url}`);
    const otlp = ['/v1/traces', '/v1/metrics', '/v1/logs', '/v1/development/profiles'].map((path) => `POST ${path}`);
    // What a route does is one operation or several.
    const known = new Set([...operations.map(({ method, path }) => `${method} ${path}`), ...otlp]);
    expect(names.sort()).toEqual([...known].sort());
  });

  it('are closed without the right token, whatever the method, all but health', async () => {
    const { server } = await startServer();
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const tokens: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Bearer ${server.token}x` },
      { authorization: `Digest ${server.token}` },
      { authorization: basic('agl:wrong') },
      { authorization: basic(`${server.token}`) },
      { cookie: `token=${server.token}` },
      { 'proxy-authorization': `Bearer ${server.token}` },
    ];
    const open: string[] = [];
    for (const path of paths) {
      for (const [index, headers] of tokens.entries()) {
        for (const method of index === 0 ? ALL_METHODS : USUAL_METHODS) {
          const { status, body } = await send(`${server.url}${path}`, method, undefined, headers);
          if (status !== 401 && status !== 429) open.push(`${method} ${path} ${status} ${JSON.stringify(body)}`);
        }
      }
    }
    // With each of the tokens, and without.
    expect(open).toEqual(tokens.map(() => 'GET /v1/agl/health 200 {"status":"ok"}'));
  });

  it('are closed however their path is written, and health is open under its own name alone', async () => {
    const running = await startServer();
    const sendRaw = rawSender(running);
    const open: string[] = [];
    for (const path of paths.flatMap(variantsOf)) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const status = await sendRaw(method, path);
        if (status !== 401) open.push(`${method} ${path} ${status}`);
      }
    }
    // What is encoded without need is the same path.
    expect(open.filter((line) => !/^GET \/%76%31\/%61%67%6c\/%68%65%61%6c%74%68 200$/.test(line))).toEqual([]);
    expect((await send(`${running.server.url}/v1/agl/health?x=/../statistics`, 'GET')).body).toEqual({ status: 'ok' });
  });

  it('are open with the right token, which no method, path or body turns into a failure', async () => {
    const logger = recordingLogger();
    const { send: authorised } = await startServer({ logger });
    const sendRaw = rawSender(await startServer({ logger, token: null }));
    for (const path of paths) {
      const served = routes.filter(({ url }) => new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}$`).test(path));
      const methods = [...new Set(served.map(({ method }) => method))].sort();
      for (const method of USUAL_METHODS) {
        const { status, headers } = await authorised(method, path);
        const line = `${method} ${path} ${status}`;
        if (methods.includes(method)) expect(line).toMatch(/ (20\d|400|404|422|501)$/);
        else expect(`${line} ${String(headers['allow'])}`).toBe(`${method} ${path} 405 ${methods.join(', ')}`);
      }
      for (const variant of variantsOf(path)) {
        const status = await sendRaw('POST', variant, '{"rollouts":[]}');
        expect(`${variant} ${status}`).toMatch(/ (20\d|4\d\d|501)$/);
      }
    }
    expect(logger.lines).toEqual([]);
  });

  it.each(['Bearer TOKEN', 'Basic AGL:TOKEN'])('open with %s', async (kind) => {
    const { server } = await startServer();
    const authorization = kind.startsWith('Bearer')
      ? `Bearer ${server.token}`
      : `Basic ${Buffer.from(`agl:${server.token}`).toString('base64')}`;
    for (const { method, url } of routes) {
      const { status } = await send(`${server.url}${pathOf(url)}`, method, undefined, { authorization });
      expect(`${method} ${url} ${status}`).not.toMatch(/ (401|403|429|5(?!01)\d\d)$/);
    }
  });
});

// As the HTTP libraries of upstream's clients send them for http://agl:s3cret-token@127.0.0.1:PORT: its store client is made of
// aiohttp, its tracer exports with requests.
describe('a Python client logs in by its URL', () => {
  it.each([
    [
      'aiohttp',
      'POST /v1/agl/queues/rollouts/dequeue HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAuthorization: Basic YWdsOnMzY3JldC10b2tlbg==\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: Python/3.11 aiohttp/3.13.2\r\nContent-Length: 12\r\nContent-Type: application/json\r\n\r\n{"limit": 1}',
    ],
    [
      'requests',
      'POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: OTel-OTLP-Exporter-Python/1.39.1\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nAuthorization: Basic YWdsOnMzY3JldC10b2tlbg==\r\n\r\n',
    ],
  ])('by %s', async (_, request) => {
    const { server } = await startServer({ token: 's3cret-token' });
    const socket = connectSocket(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(request.replace('PORT', String(server.port)));
    const reply = await new Promise<string>((resolve) => socket.setEncoding('latin1').once('data', resolve));
    expect(reply).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe('the guard of a loopback server', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '127.0.0.1', '127.0.0.1:1', ''])(
    'refuses the Host %j on every route, health and those that are not there included, even with the token',
    async (host) => {
      const { send } = await startServer();
      for (const path of [...paths, '/', '/nowhere', '/%zz']) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const { status } = await send(method, path, undefined, { host });
          expect(`${method} ${path} ${status}`).toMatch(/ 403$/);
        }
      }
    },
  );

  it.each(['localhost', '127.0.0.1', '[::1]', 'LocalHost'])('takes its own name %s', async (name) => {
    const { server, send } = await startServer();
    const headers = { host: `${name}:${server.port}` };
    expect(await send('GET', '/v1/agl/statistics', undefined, headers)).toMatchObject({ status: 200 });
  });

  it('refuses pages of other origins on every route but health, even with the token', async () => {
    const { send } = await startServer();
    for (const { method, url } of routes) {
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        const { status } = await send(method, pathOf(url), undefined, headers as Record<string, string>);
        expect(`${method} ${url} ${status}`).toMatch(url === '/v1/agl/health' ? / 200$/ : / 403$/);
      }
    }
  });
});

describe('replies to failed requests', () => {
  it('carry neither stacks nor paths of files nor the token, on any route', async () => {
    const failing = new Proxy(new InMemoryLightningStore(), {
      get: (store, name) =>
        name === 'close'
          ? () => store.close()
          : () => Promise.reject(new Error(`Broken at ${import.meta.filename} with s3cret-of-the-store`)),
    });
    const logger = recordingLogger();
    const { server, send } = await startServer({ store: failing, logger, token: 's3cret-token' });
    let failed = 0;
    for (const { method, url } of routes) {
      for (const body of [undefined, '{}', '{"rollouts":[{"input":1}]}', '{"rollout_ids":["x"]}', 'garbage', '[[[[']) {
        const reply = await send(method, pathOf(url), method === 'GET' ? undefined : body);
        const text = JSON.stringify(reply);
        expect(text).not.toMatch(/s3cret|security\.test|node_modules|\.ts\b|\bat [\w.<>]+ \(/);
        if (reply.status === 500) failed += 1;
      }
    }
    expect(failed).toBeGreaterThan(20);
    expect(logger.lines.length).toBeGreaterThanOrEqual(failed);
    expect(logger.lines.join('\n')).not.toContain('s3cret-token');
    expect(server.token).toBe('s3cret-token');
  });

  it.each([
    ['what is no HTTP', 'garbage\r\n\r\n', 400],
    ['a version that is not spoken', 'GET / HTTP/9.9\r\n\r\n', 400],
    [
      'two lengths of one body',
      'POST / HTTP/1.1\r\nhost: HOST\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    ['no Host', 'GET /v1/agl/health HTTP/1.1\r\n\r\n', 400],
    ['headers of more than 16 KiB', `GET / HTTP/1.1\r\nhost: HOST\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`, 431],
    [
      'three thousand headers',
      `GET / HTTP/1.1\r\nhost: HOST\r\n${'x:\r\n'.repeat(3_000)}y: ${'y'.repeat(9_000)}\r\n\r\n`,
      431,
    ],
    ['a URL of more than 16 KiB', `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nhost: HOST\r\n\r\n`, 431],
    ['a control character in the URL', 'GET /\u0001 HTTP/1.1\r\nhost: HOST\r\n\r\n', 400],
    ['a request to be a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nhost: HOST\r\n\r\n', undefined],
    [
      'another protocol',
      'GET /v1/agl/statistics HTTP/1.1\r\nhost: HOST\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
      401,
    ],
    [
      'a gigabyte without a token, before any of it was sent',
      'POST /v1/agl/spans HTTP/1.1\r\nhost: HOST\r\ncontent-length: 1000000000\r\n\r\n',
      401,
    ],
    ['the URL of another server', 'GET http://evil.example/v1/agl/statistics HTTP/1.1\r\nhost: HOST\r\n\r\n', 401],
  ])('to %s', async (_, request, status) => {
    const { server } = await startServer();
    const socket = connectSocket(server.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    const answered = new Promise<string>((resolve) => {
      socket.setEncoding('latin1').once('data', resolve);
      socket.once('close', () => resolve(''));
    });
    socket.write(request.replace('HOST', `127.0.0.1:${server.port}`));
    const reply = await answered;
    expect(/^HTTP\/1\.1 (\d+) /.exec(reply)?.[1]).toBe(status?.toString());
    expect(reply).not.toMatch(/node_modules|\.ts\b|\bat [\w.<>]+ \(/);
    expect(await send(`${server.url}/v1/agl/health`, 'GET')).toMatchObject({ status: 200 });
  });
});
