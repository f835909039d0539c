// What keeps pages in a browser of the same machine, and whoever has no key, away from prompts and log.
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSimulatedLlm } from '../src/index.ts';

const ROUTES = [
  ['POST', '/v1/chat/completions'],
  ['GET', '/v1/models'],
  ['GET', '/v1/models/sim-critic'],
  ['GET', '/'],
  ['GET', '/admin/stats'],
  ['GET', '/admin/requests'],
  ['POST', '/admin/reset'],
  ['GET', '/nowhere'],
  ['OPTIONS', '/v1/chat/completions'],
  ['HEAD', '/admin/requests'],
  ['DELETE', '/admin/requests'],
] as const;

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

async function start() {
  const server = await startSimulatedLlm({ apiKey: 's3cret-key' });
  onTestFinished(() => server.close());
  // Not by fetch(), which lets nobody choose these headers.
  return (method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
        text(response).then(
          (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: read }),
          reject,
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

const key = { authorization: 'Bearer s3cret-key' };

describe('The simulated model server', () => {
  it('answers nobody without the key, on any route', async () => {
    const send = await start();
    for (const [method, path] of ROUTES) {
      for (const authorization of [
        '',
        'Bearer',
        'Bearer wrong',
        'Bearer s3cret-keyx',
        'Basic s3cret-key',
        's3cret-key',
      ]) {
        const { status, text } = await send(method, path, authorization === '' ? {} : { authorization });
        expect(`${method} ${path} ${authorization} ${status}`).toMatch(/ 401$/);
        expect(text).not.toContain('s3cret');
      }
    }
  });

  it.each([
    { host: 'evil.example' },
    { host: '127.0.0.1.evil.example:80' },
    { host: 'localhost.evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Record<string, string>[])('answers no page of another site: %j', async (headers) => {
    const send = await start();
    for (const [method, path] of ROUTES) {
      const reply = await send(method, path, { ...key, ...headers });
      expect(`${method} ${path} ${reply.status}`).toMatch(/ 403$/);
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it.each(['localhost:1', 'LOCALHOST', '127.0.0.1:9', '[::1]:8080'])('answers to the name %s', async (host) => {
    const send = await start();
    expect((await send('GET', '/v1/models', { ...key, host })).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/models/%zz', null, 400],
    ['GET', '/v1/models/__proto__', null, 404],
    ['GET', '/v1/models/constructor', null, 404],
    ['POST', '/v1/chat/completions', '', 400],
    ['POST', '/v1/chat/completions', '{', 400],
    ['POST', '/v1/chat/completions', 'null', 400],
    ['POST', '/v1/chat/completions', '{"model":"__proto__","messages":[{"role":"user","content":"x"}]}', 404],
    ['POST', '/v1/chat/completions', `{"model":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 400],
    ['POST', '/v1/chat/completions', `{"model":"sim-critic","messages":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 400],
    [
      'POST',
      '/v1/chat/completions',
      `{"model":"sim-critic","messages":[{"role":"user","content":"x"}],"metadata":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`,
      200,
    ],
    ['POST', '/v1/chat/completions', 'x'.repeat(33 * 1024 ** 2), 413],
  ] as const)('answers %s %s as the mistake that it is, without a stack', async (method, path, body, status) => {
    const send = await start();
    const reply = await send(method, path, key, body ?? '');
    expect(reply.text).not.toMatch(/node_modules|\.ts\b|\bat [\w.<>]+ \(/);
    expect(reply.status).toBe(status);
    expect((await send('GET', '/v1/models', key)).status).toBe(200);
  });
});
