import { describe, expect, it } from 'vitest';
import { send as sendTo, startServer } from '../../test/running-server.ts';
import { isHostName, isLoopback, OwnHosts } from './own-hosts.ts';

const hosts = new OwnHosts(['store.example', 'localhost:5000']);

describe('OwnHosts', () => {
  it.each([
    'localhost:4747',
    'LOCALHOST:4747',
    '127.0.0.1:4747',
    '127.1.2.3:4747',
    '[::1]:4747',
    'Store.Example',
    'store.example:80',
  ])('has %s', (header) => expect(hosts.has(header, 4747)).toBe(true));

  it('has its name without a port when it listens where browsers go without one', () => {
    expect(hosts.has('localhost', 80)).toBe(true);
    expect(hosts.has('localhost', 4747)).toBe(false);
  });

  it('has a name with a port on that port alone', () => {
    expect(hosts.has('localhost:5000', 4747)).toBe(true);
    expect(hosts.has('localhost:5001', 4747)).toBe(false);
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:4747',
    'localhost.evil.example:4747',
    '127.0.0.1.evil.example:4747',
    'store.example.evil.example',
    'xstore.example',
    'localhost:4747:80',
    '::1:4747',
    '[::1',
    '[::2]:4747',
    '0.0.0.0:4747',
    '127.0.0.1:',
    ' localhost:4747',
    'localhost:4747, evil.example',
    `${'a'.repeat(100_000)}:`,
  ])('has not %j', (header) => expect(hosts.has(header, 4747)).toBe(false));
});

describe("LightningStoreServer 'allowedHosts'", () => {
  it('are names besides its own on loopback', async () => {
    const { server, send } = await startServer({ allowedHosts: ['store.example'] });
    const status = async (host: string): Promise<number> =>
      (await send('GET', '/v1/agl/statistics', undefined, { host })).status;
    expect(await status('store.example')).toBe(200);
    expect(await status(`localhost:${server.port}`)).toBe(200);
    expect(await status('other.example')).toBe(403);
  });

  it('are the only names elsewhere, where without them any name is answered', async () => {
    const open = await startServer({ host: '0.0.0.0' });
    const closed = await startServer({ host: '0.0.0.0', allowedHosts: ['store.example'] });
    const status = async ({ server: { port, token } }: typeof open, host: string): Promise<number> => {
      const headers = { host, authorization: `Bearer ${token}` };
      return (await sendTo(`http://127.0.0.1:${port}/v1/agl/statistics`, 'GET', undefined, headers)).status;
    };
    expect(await status(open, 'other.example')).toBe(200);
    expect(await status(closed, 'other.example')).toBe(403);
    expect(await status(closed, 'store.example')).toBe(200);
    expect(await status(closed, `127.0.0.1:${closed.server.port}`)).toBe(200);
  });

  it.each(['', 'https://store.example', 'store.example/', 'a b', '[::zz]', 'store.example:port'])(
    'of %j are refused',
    async (name) => {
      await expect(startServer({ allowedHosts: [name] })).rejects.toThrow(/names such as 'store.example'/);
    },
  );
});

describe('isHostName()', () => {
  it.each(['localhost', 'store.example:8080', '10.0.0.7', '[::1]:80', '[fe80::1]'])('takes %s', (name) =>
    expect(isHostName(name)).toBe(true),
  );
});

describe('isLoopback()', () => {
  it.each(['localhost', '127.0.0.1', '127.255.0.3', '::1'])('knows %s', (host) => expect(isLoopback(host)).toBe(true));
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.example', 'localhost.evil.example', '128.0.0.1', ''])(
    'does not take %j for it',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});
