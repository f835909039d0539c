import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { InMemoryLightningStore, LightningError } from '@agentlightning/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, type RunningServer, recordingLogger, send, startServer } from '../../test/running-server.ts';
import { LightningStoreServer } from './lightning-store-server.ts';

describe('LightningStoreServer.start()', () => {
  it('listens on a free loopback port with a token of 256 bits', async () => {
    const { server } = await startServer();
    expect(server.host).toBe('127.0.0.1');
    expect(server.port).toBeGreaterThan(0);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(Buffer.from(server.token ?? '', 'base64url')).toHaveLength(32);
  });

  it('makes another token for each server', async () => {
    const [first, second] = [await startServer(), await startServer()];
    expect(first.server.token).not.toBe(second.server.token);
  });

  it('says who is in the way when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    await expect(startServer({ port })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: `Cannot start the store server: 127.0.0.1:${port} is in use`,
      details: { address: `127.0.0.1:${port}` },
    });
  });

  it.each(['0.0.0.0', '::', 'store.example', '192.0.2.1'])('refuses to serve %s without a token', async (host) => {
    await expect(startServer({ host, token: null })).rejects.toThrow(
      new TypeError(
        `Cannot start the store server without a token as 'host' must then be a loopback address: current value is '${host}'`,
      ),
    );
  });

  it.each([-1, 1.5, 65_536, Number.NaN])('refuses port %d', async (port) => {
    await expect(startServer({ port })).rejects.toThrow(RangeError);
  });

  it.each(['', 'two words', 'ключ'])('refuses the token %j without repeating it', async (token) => {
    const error = await startServer({ token }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    if (token !== '') expect(String(error)).not.toContain(token);
  });

  it('refuses unknown options and limits', async () => {
    await expect(startServer({ prot: 1 } as object)).rejects.toThrow("did you mean 'port'?");
    await expect(startServer({ limits: { bodyBytes: 0 } })).rejects.toThrow(
      "'limits.bodyBytes' must be a positive integer",
    );
  });

  it('serves all addresses of the machine under one that clients can go to', async () => {
    const { server, connect } = await startServer({ host: '0.0.0.0' });
    expect(server.url).not.toContain('0.0.0.0');
    await expect(connect().statistics()).resolves.toMatchObject({ totalRollouts: 0 });
  });

  it('tells its process to those who ask on loopback alone', async () => {
    const here = await startServer();
    const everywhere = await startServer({ host: '0.0.0.0' });
    const processOf = async ({ send }: RunningServer) => (await send('GET', '/v1/agl/health')).headers['x-agl-process'];
    expect(await processOf(here)).toBe(String(process.pid));
    expect(await processOf(everywhere)).toBeUndefined();
  });
});

describe('workerGone()', () => {
  it('hands nothing more to what the worker has parked', async () => {
    const { server, store, connect, send } = await startServer();
    const dead = send('POST', '/v1/agl/queues/rollouts/dequeue', { worker_id: 'dead', limit: 2, wait_ms: 20_000 });
    while ((await store.queryWorkers()).total === 0) await new Promise((resolve) => setImmediate(resolve));
    server.workerGone('dead');
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect((await dead).body).toEqual([]);
    const claimed = await connect().dequeueRollout({ workerId: 'alive', waitMs: 20_000 });
    expect(claimed).toMatchObject({ rolloutId, attempt: { sequenceId: 1, workerId: 'alive' } });
  });
});

describe('LightningStoreServer.drain()', () => {
  it('does not wait for a worker that has stopped waiting for work', async () => {
    const { server, store, connect } = await startServer();
    const client = connect();
    const stop = new AbortController();
    const claim = client.dequeueRollout({ workerId: 'w', waitMs: 20_000, signal: stop.signal });
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    stop.abort();
    await claim;
    // Longer than a test may take.
    await server.drain({ deadlineMs: 600_000 });
  });

  it('ends parked claims and refuses new ones with STORE_CLOSING, while reports are still taken', async () => {
    const { store, server, connect } = await startServer();
    const client = connect();
    const rollout = await client.startRollout({ input: 1 });
    const parked = client.dequeueRollout({ workerId: 'w', waitMs: 20_000 });
    parked.catch(() => {});
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();

    await server.drain();
    await expect(parked).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    await expect(client.dequeueRollout()).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    await expect(client.updateAttempt(rollout.rolloutId, 'latest', { status: 'succeeded' })).resolves.toMatchObject({
      outcome: 'applied',
    });
  });

  it('waits until a worker that was busy has come and been told', async () => {
    const { server, connect } = await startServer();
    const client = connect();
    await client.updateWorker('busy');
    const order: string[] = [];
    const drained = server.drain({ deadlineMs: 20_000 }).then(() => order.push('drained'));
    await client.statistics();
    order.push('claiming');
    await expect(client.dequeueRollout({ workerId: 'busy' })).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    await drained;
    expect(order).toEqual(['claiming', 'drained']);
  });

  it('gives up on a worker that does not come after the deadline', async () => {
    const { server, connect } = await startServer();
    await connect().updateWorker('gone');
    await server.drain({ deadlineMs: 1 });
  });

  it('tells overload and closing apart', async () => {
    const { server, send } = await startServer();
    await server.drain();
    const reply = await send('POST', '/v1/agl/queues/rollouts/dequeue');
    expect(reply).toMatchObject({ status: 503, body: { code: 'STORE_CLOSING' } });
    expect(reply.headers['x-agl-error']).toBe('STORE_CLOSING');
    expect(reply.headers['retry-after']).toBeUndefined();

    const busy = new InMemoryLightningStore();
    busy.statistics = () => Promise.reject(new LightningError('UNAVAILABLE', 'Too much at once'));
    const overloaded = await startServer({ store: busy });
    const other = await overloaded.send('GET', '/v1/agl/statistics');
    expect(other).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(other.headers['retry-after']).toBe('1');
  });
});

describe('LightningStoreServer.close()', () => {
  it.each([
    [true, 'STORE_CLOSING'],
    [false, 'UNAVAILABLE'],
  ])('ends parked claims and waits and leaves the store open: drained before %j, %s', async (isOver, code) => {
    const { store, server, connect } = await startServer();
    const client = connect({ retryBudgetMs: 0 });
    const { rolloutId } = await client.enqueueRollout({ input: 1 });
    await store.dequeueRollout();
    const claim = client.dequeueRollout({ waitMs: 20_000, workerId: 'w' });
    const wait = client.waitForRollouts({ rolloutIds: [rolloutId] });
    for (const call of [claim, wait]) call.catch(() => {});
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    await client.statistics();

    if (isOver) await server.drain();
    await server.close();
    await expect(claim).rejects.toMatchObject({ code });
    await expect(wait).rejects.toMatchObject({ code });
    await expect(store.statistics()).resolves.toMatchObject({ totalRollouts: 1 });
  });

  it('refuses a request that was begun before, and ends its connection', async () => {
    const { server } = await startServer();
    const socket = connectSocket(server.port, '127.0.0.1').setEncoding('latin1');
    onTestFinished(() => void socket.destroy());
    const head = `GET /v1/agl/health HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n`;
    socket.write(`${head}\r\n${head}`);
    await once(socket, 'data');
    const closed = server.close();
    socket.write('\r\n');
    const [reply] = (await once(socket, 'data')) as [string];
    expect(reply).toMatch(/^HTTP\/1\.1 503 /);
    expect(reply).toMatch(/^connection: close\r$/im);
    await closed;
  });

  it('is the same twice as once, and frees the port', async () => {
    const { store, server } = await startServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
    const next = await LightningStoreServer.start(store, { port: server.port });
    await next.close();
  });
});

describe('failures inside the server', () => {
  it('are told by an id, without message or stack, and logged under it', async () => {
    const logger = recordingLogger();
    const store = new InMemoryLightningStore();
    store.statistics = () => Promise.reject(new Error('the disk at /secret/path is gone'));
    const { send } = await startServer({ store, logger });
    const { status, body } = await send('GET', '/v1/agl/statistics');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/secret|\.ts|at /);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toContain((body as { error_id: string }).error_id);
    expect(logger.lines[0]).toContain('/secret/path');
  });
});

describe('secrets', () => {
  it('never show in logs or error messages', async () => {
    const logger = recordingLogger();
    const token = 'canary-token-0123456789';
    const store = new InMemoryLightningStore();
    store.statistics = () => Promise.reject(new Error('broken'));
    const { server, send: authorised } = await startServer({ store, logger, token });
    const wrong = 'canary-wrong-0123456789';
    const errors = await Promise.all([
      connect({ url: server.url, token, logger, retryBudgetMs: 0 })
        .statistics()
        .catch((error: unknown) => error),
      connect({ url: server.url.replace('//', `//agl:${wrong}@`), logger, retryBudgetMs: 0 })
        .statistics()
        .catch((error: unknown) => error),
    ]);
    const replies = await Promise.all([
      authorised('GET', '/v1/agl/statistics'),
      authorised('GET', '/v1/agl/nowhere'),
      send(`${server.url}/v1/agl/statistics`, 'GET', undefined, { authorization: `Bearer ${wrong}` }),
    ]);
    await server.close();
    errors.push(
      await connect({ url: server.url, token, logger, retryBudgetMs: 0 })
        .statistics()
        .catch((error: unknown) => error),
    );
    const said = errors.map((error) => {
      const { message, details, stack, cause } = error as LightningError;
      return [message, JSON.stringify(details), stack, String(cause)].join();
    });
    expect(errors.map((error) => (error as LightningError).code)).toEqual([
      'UNAVAILABLE',
      'UNAUTHENTICATED',
      'UNAVAILABLE',
    ]);
    expect([...said, ...logger.lines, JSON.stringify(replies)].join('\n')).not.toContain('canary');
  });
});
