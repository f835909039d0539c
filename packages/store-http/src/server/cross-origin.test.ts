import { describe, expect, it } from 'vitest';
import { startServer } from '../../test/running-server.ts';
import { normalOrigin } from './cross-origin.ts';

const PAGE = 'https://pages.example';
const preflightOf = (origin: string): Record<string, string> => ({
  origin,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
});

/** The headers of CORS in a reply. */
function corsHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
}

describe('A server without corsOrigins', () => {
  it('lets no page of another origin ask, read, or know that it might', async () => {
    const { server, send } = await startServer();
    for (const origin of [PAGE, 'null', `http://localhost:${server.port}`, `${server.url}.evil.example`]) {
      for (const [method, path] of [
        ['GET', '/v1/agl/statistics'],
        ['POST', '/v1/agl/queues/rollouts/dequeue'],
        ['POST', '/v1/traces'],
        ['GET', '/nowhere'],
      ] as const) {
        const { status, headers } = await send(method, path, undefined, { origin });
        expect({ status, headers: corsHeaders(headers) }).toEqual({ status: 403, headers: {} });
      }
      const { status, headers } = await send('OPTIONS', '/v1/agl/rollouts', undefined, preflightOf(origin));
      expect({ status, headers: corsHeaders(headers) }).toEqual({ status: 403, headers: {} });
    }
  });

  it('answers what a browser includes in a page of another site as little, though it names no origin', async () => {
    const { send } = await startServer();
    const status = async (site: string): Promise<number> =>
      (await send('GET', '/v1/agl/statistics', undefined, { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }))
        .status;
    expect(await status('cross-site')).toBe(403);
    expect(await status('same-site')).toBe(403);
    expect(await status('anything-new')).toBe(403);
    expect(await status('none')).toBe(200);
    expect(await status('same-origin')).toBe(200);
  });

  it('takes its own origin, by either scheme as a proxy may end TLS', async () => {
    const { server, send } = await startServer();
    for (const origin of [server.url, server.url.replace('http:', 'https:')]) {
      const headers = { origin, 'sec-fetch-site': 'same-origin' };
      expect((await send('POST', '/v1/agl/queues/rollouts/dequeue', undefined, headers)).status).toBe(200);
    }
  });
});

describe('A server with corsOrigins', () => {
  it('lets pages of these origins ask with the token, and read the answers, refusals too', async () => {
    const { send } = await startServer({ corsOrigins: [`${PAGE}/`, 'http://localhost:5173'] });
    for (const origin of [PAGE, 'http://localhost:5173', 'HTTPS://Pages.Example']) {
      const headers = { origin, 'sec-fetch-site': 'cross-site' };
      const reply = await send('POST', '/v1/agl/queues/rollouts/enqueue', { rollouts: [{ input: 1 }] }, headers);
      expect(reply.status).toBe(201);
      expect(reply.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        vary: 'origin',
      });
      const refused = await send('GET', '/v1/agl/statistics', undefined, { ...headers, authorization: 'Bearer wrong' });
      expect(refused.status).toBe(401);
      expect(refused.headers).toMatchObject({ 'access-control-allow-origin': origin });
    }
  });

  it('answers their preflights without a token, as browsers send none, and no others', async () => {
    const { send } = await startServer({ corsOrigins: [PAGE] });
    const ask = (origin: string) =>
      send('OPTIONS', '/v1/agl/rollouts', undefined, { ...preflightOf(origin), authorization: '' });
    const allowed = await ask(PAGE);
    expect(allowed.status).toBe(204);
    expect(corsHeaders(allowed.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization,content-type',
    });
    const refused = await ask('https://other.example');
    expect({ status: refused.status, headers: corsHeaders(refused.headers) }).toEqual({ status: 400, headers: {} });
  });

  it('refuses other origins as before, and requests that name none but come from another site', async () => {
    const { send } = await startServer({ corsOrigins: [PAGE] });
    for (const headers of [
      { origin: 'https://other.example' },
      { origin: `${PAGE}.evil.example` },
      { origin: `${PAGE}:8443` },
      { origin: 'http://pages.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      const reply = await send('GET', '/v1/agl/statistics', undefined, headers);
      expect({ status: reply.status, headers: corsHeaders(reply.headers) }).toEqual({ status: 403, headers: {} });
    }
  });

  it('answers no OPTIONS that is no preflight without the token', async () => {
    const { server } = await startServer({ corsOrigins: [PAGE] });
    const response = await fetch(`${server.url}/v1/agl/rollouts`, { method: 'OPTIONS', headers: { origin: PAGE } });
    expect(response.status).toBe(401);
  });

  it("of '*' lets any page ask with the token, and never with what a browser has stored", async () => {
    const { send } = await startServer({ corsOrigins: ['*'] });
    for (const origin of [PAGE, 'null']) {
      for (const [method, more] of [
        ['GET', {}],
        ['OPTIONS', preflightOf(origin)],
      ] as const) {
        const { status, headers } = await send(method, '/v1/agl/statistics', undefined, { origin, ...more });
        expect([200, 204]).toContain(status);
        expect(headers).toMatchObject({ 'access-control-allow-origin': '*' });
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
      }
    }
  });

  it.each([
    [['*'], null, /any page could use the store/],
    [['pages.example'], undefined, /origins such as/],
    [['https://pages.example/path'], undefined, /origins such as/],
    [[''], undefined, /origins such as/],
    [[7 as unknown as string], undefined, /origins such as/],
  ])('of %j is refused with the token %s', async (corsOrigins, token, message) => {
    const options = token === undefined ? { corsOrigins } : { corsOrigins, token };
    await expect(startServer(options)).rejects.toThrow(message);
  });
});

describe('normalOrigin()', () => {
  it.each([
    ['https://Pages.Example/', 'https://pages.example'],
    ['https://pages.example:443', 'https://pages.example'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['http://[::1]:80', 'http://[::1]'],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
    ['*', '*'],
    ['null', undefined],
    ['https://user@pages.example', undefined],
    ['https://pages.example?', undefined],
    ['https://*.example', 'https://*.example'],
  ])('makes of %s what a browser would send: %s', (text, origin) => expect(normalOrigin(text)).toBe(origin));
});
