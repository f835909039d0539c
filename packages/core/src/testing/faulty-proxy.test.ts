import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { FaultyProxy, type FaultyProxyOptions } from './faulty-proxy.ts';

async function counting(
  faults: FaultyProxyOptions['faults'],
  maxDelayMs = 1,
  spares: FaultyProxyOptions['spares'] = () => false,
) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      bodies.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
      response.writeHead(201, { 'x-count': bodies.length }).end(`reply ${bodies.length}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await FaultyProxy.start({ target, seed: 1, faults, maxDelayMs, spares });
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const send = (body = 'hello') => fetch(`${proxy.url}/path?q=1`, { method: 'POST', body });
  return { bodies, proxy, send };
}

it('passes requests and replies on when nothing goes wrong', async () => {
  const { bodies, proxy, send } = await counting({});
  const reply = await send();
  expect([reply.status, reply.headers.get('x-count'), await reply.text()]).toEqual([201, '1', 'reply 1']);
  expect(bodies).toEqual(['POST /path?q=1 hello']);
  expect(proxy.happened).toEqual({ 'lost-reply': 0, 'lost-request': 0, duplicate: 0, delay: 0 });
});

it('a lost reply is one of a request that the server has applied', async () => {
  const { bodies, proxy, send } = await counting({ 'lost-reply': 1 });
  await expect(send()).rejects.toThrow('fetch failed');
  expect(bodies).toHaveLength(1);
  expect(proxy.happened['lost-reply']).toBe(1);
});

it('a lost request never reaches the server', async () => {
  const { bodies, send } = await counting({ 'lost-request': 1 });
  await expect(send()).rejects.toThrow('fetch failed');
  expect(bodies).toEqual([]);
});

it('a duplicate reaches the server twice, and the second reply is the answer', async () => {
  const { bodies, send } = await counting({ duplicate: 1 });
  expect(await (await send()).text()).toBe('reply 2');
  expect(bodies).toHaveLength(2);
});

it('requests that are held back overtake each other', async () => {
  const { bodies, proxy, send } = await counting({ delay: 1 }, 30);
  const sent = Array.from({ length: 20 }, (_, index) => `${index}`);
  await Promise.all(sent.map((body) => send(body)));
  const arrived = bodies.map((line) => line.split(' ').at(-1));
  expect(arrived).not.toEqual(sent);
  expect(new Set(arrived)).toEqual(new Set(sent));
  expect(proxy.happened.delay).toBe(20);
});

it('spares what it is told to spare', async () => {
  const { bodies, send } = await counting({ 'lost-request': 1 }, 1, (path) => path.startsWith('/path'));
  expect((await send()).status).toBe(201);
  expect(bodies).toHaveLength(1);
});

it('the same seed gives the same faults', async () => {
  const outcomes = async (): Promise<string[]> => {
    const { send } = await counting({ 'lost-reply': 0.3, duplicate: 0.3 });
    const found: string[] = [];
    for (let index = 0; index < 20; index++) {
      found.push(
        await send().then(
          (reply) => reply.text(),
          () => 'lost',
        ),
      );
    }
    return found;
  };
  const first = await outcomes();
  expect(await outcomes()).toEqual(first);
  expect(first).toContain('lost');
});
