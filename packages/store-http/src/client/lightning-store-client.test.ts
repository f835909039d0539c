import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type DequeueManyOptions,
  InMemoryLightningStore,
  type LightningStore,
  PromptTemplate,
  type RolloutChange,
  UNDELIVERED_KEY,
} from '@agentlightning/core';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, recordingLogger, startServer } from '../../test/running-server.ts';
import { span } from '../../test/spans.ts';
import { startUpstreamLikeProxy } from '../../test/upstream-like-proxy.ts';
import { LightningStoreServer } from '../server/lightning-store-server.ts';

/** A store whose claims are made at once and answered only when the caller is told to stop: the worst moment. */
function storeThatAnswersTooLate(): { store: LightningStore; claimed: Promise<void> } {
  const store = new InMemoryLightningStore();
  const claimNow = store.dequeueManyRollouts.bind(store);
  const { promise: claimed, resolve } = Promise.withResolvers<void>();
  store.dequeueManyRollouts = async (options?: DequeueManyOptions) => {
    const { signal, ...rest } = options ?? {};
    const claims = await claimNow({ ...rest, waitMs: 0 });
    if (claims.length === 0 || signal === undefined) return claims;
    const stopped = once(signal, 'abort');
    resolve();
    await stopped;
    return claims;
  };
  return { store, claimed };
}

function nextChange(store: LightningStore, to: RolloutChange['to']): Promise<RolloutChange> {
  return new Promise((resolve) => {
    const stop = store.onRolloutChange?.((change) => {
      if (change.to !== to) return;
      stop?.();
      resolve(change);
    });
  });
}

describe('LightningStoreClient', () => {
  it('refuses options that cannot be, without showing credentials', () => {
    expect(() => connect({ url: 'agl:canary@nowhere' })).toThrow(TypeError);
    expect(() => connect({ url: 'ftp://agl:canary@nowhere' })).toThrow(/^(?!.*canary)/);
    expect(() => connect({ url: 'http://x', retryBudgetMs: -1 })).toThrow(RangeError);
    expect(() => connect({ url: 'http://x', maxConnections: 0 })).toThrow(RangeError);
    expect(() => connect({ url: 'http://x', tokn: 'x' } as never)).toThrow("did you mean 'token'?");
  });

  it.each(['canary\n', 'ca nary', 'canary\u0000', 'канарейка'])('refuses the token %j without showing it', (token) => {
    const message = "Cannot connect to the store as 'token' must be a text of visible ASCII without spaces";
    expect(() => connect({ url: 'http://x', token })).toThrow(new TypeError(message));
    expect(() => connect({ url: `http://agl:${encodeURIComponent(token)}@x` })).toThrow(new TypeError(message));
    expect(() => connect({ url: 'http://agl:100%canary@x' })).toThrow(new TypeError(message));
  });

  it('takes a token from the URL', async () => {
    const { server } = await startServer();
    const client = connect({ url: server.url.replace('//', `//agl:${server.token}@`) });
    await expect(client.statistics()).resolves.toMatchObject({ totalRollouts: 0 });
  });

  it.each([null, 'wrong'])('is UNAUTHENTICATED with the token %j', async (token) => {
    const { server } = await startServer();
    const client = connect({ url: server.url, token });
    await expect(client.getRolloutById('x')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(client.dequeueRollout()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('carries user data through both directions untouched', async () => {
    const { connect } = await startServer();
    const client = connect();
    const input = { snake_case: 1, camelCase: { deepKey: [null, 'ü', 1.5] }, constructor: 'Ferrari' };
    const { rolloutId } = await client.enqueueRollout({ input, metadata: { someKey: { a_b: 1 } } });
    expect(await client.getRolloutById(rolloutId)).toMatchObject({ input, metadata: { someKey: { a_b: 1 } } });
    const resources = { main: new PromptTemplate({ template: 'Find {x}', engine: 'f-string' }) };
    const { resourcesId } = await client.addResources(resources);
    const snapshot = await client.getResourcesById(resourcesId);
    expect(snapshot?.resources['main']).toBeInstanceOf(PromptTemplate);
    expect(await client.getLatestResources()).toEqual(snapshot);
  });

  it('answers spans that share nothing with those that were given', async () => {
    const { connect } = await startServer();
    const client = connect();
    const { rolloutId, attempt } = await client.startRollout({ input: 1 });
    const given = span({ rolloutId, attemptId: attempt.attemptId });
    const [stored] = await client.addManySpans([given]);
    expect(stored).toEqual({ ...given, sequenceId: 1 });
    expect(stored?.attributes).not.toBe(given.attributes);
    expect((await client.querySpans({ rolloutId })).items).toEqual([stored]);
  });

  it('answers a page of none with the right total', async () => {
    const { connect } = await startServer();
    const client = connect();
    await client.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    expect(await client.queryRollouts({ limit: 0 })).toMatchObject({ items: [], limit: 0, total: 2 });
  });

  it('asks once for a batch, by one route for one and for many, and not at all for nothing', async () => {
    const { server, store } = await startServer({ token: null });
    const { url, paths } = await startUpstreamLikeProxy(server.url);
    const client = connect({ url });
    const asked = (): string[] => paths.splice(0).map((path) => path.replace('/v1/agl/', ''));
    await client.enqueueManyRollouts([{ input: 1 }, { input: 2 }, { input: 3 }]);
    expect(asked()).toEqual(['queues/rollouts/enqueue']);
    expect(await client.dequeueRollout()).toMatchObject({ input: 1 });
    expect(asked()).toEqual(['queues/rollouts/dequeue']);
    expect(await client.dequeueManyRollouts({ limit: 2 })).toHaveLength(2);
    expect(asked()).toEqual(['queues/rollouts/dequeue']);
    const { uptime, ...counts } = await client.statistics();
    expect(asked()).toEqual(['statistics']);
    const { uptime: later, ...same } = await store.statistics();
    expect(counts).toEqual(same);
    expect(later).toBeGreaterThanOrEqual(uptime);

    for (const limit of [0, -1]) expect(await client.dequeueManyRollouts({ limit, workerId: 'w' })).toEqual([]);
    expect(await client.enqueueManyRollouts([])).toEqual([]);
    expect(await client.addManySpans([])).toEqual([]);
    expect(await client.getManySpanSequenceIds([])).toEqual([]);
    expect(asked()).toEqual([]);
  });

  it('takes ids with characters that mean something in a URL', async () => {
    const { connect } = await startServer();
    const client = connect();
    await client.updateWorker('a/b ?#%');
    expect(await client.getWorkerById('a/b ?#%')).toMatchObject({ workerId: 'a/b ?#%' });
  });

  it('opens more connections for parked claims, so that calls do not queue behind them', async () => {
    const { store, connect } = await startServer();
    const client = connect({ maxConnections: 1 });
    const parked = Array.from({ length: 40 }, (_, i) => client.dequeueRollout({ workerId: `w${i}`, waitMs: 20_000 }));
    await expect.poll(async () => (await store.queryWorkers()).total).toBe(40);
    await client.enqueueManyRollouts(parked.map((_, input) => ({ input })));
    const claims = await Promise.all(parked);
    expect(new Set(claims.map((claim) => claim?.rolloutId)).size).toBe(40);
  });
});

describe('a server that cannot be asked', () => {
  it('is UNAVAILABLE for every call, never undefined or empty', async () => {
    const { server, connect } = await startServer();
    const client = connect({ retryBudgetMs: 0 });
    await client.statistics();
    await server.close();
    const calls = [
      () => client.getRolloutById('x'),
      () => client.getLatestAttempt('x'),
      () => client.getWorkerById('x'),
      () => client.getResourcesById('x'),
      () => client.getLatestResources(),
      () => client.queryRollouts(),
      () => client.querySpans({ rolloutId: 'x' }),
      () => client.dequeueRollout(),
      () => client.dequeueRollout({ waitMs: 10_000 }),
      () => client.waitForRollouts({ rolloutIds: ['x'], timeoutSeconds: 10 }),
      () => client.enqueueRollout({ input: 1 }),
      () => client.addSpan(span({ rolloutId: 'x', attemptId: 'y' })),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('that vanishes under a parked claim is UNAVAILABLE', async () => {
    const { url, reset } = await silentServer();
    const client = connect({ url, retryBudgetMs: 0 });
    const claim = client.dequeueRollout({ waitMs: 10_000 });
    claim.catch(() => {});
    await reset();
    await expect(claim).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('that does not answer in time is UNAVAILABLE', async () => {
    const { url } = await silentServer();
    const client = connect({ url, requestTimeoutMs: 50, retryBudgetMs: 0 });
    await expect(client.statistics()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is asked again until it is back, for calls that may be repeated', async () => {
    const { store, server, connect } = await startServer();
    const client = connect({ retryBudgetMs: 20_000 });
    await client.statistics();
    await server.close();
    const enqueued = client.enqueueRollout({ input: 1 });
    await expect(connect({ retryBudgetMs: 0 }).statistics()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const again = await LightningStoreServer.start(store, { port: server.port, token: server.token });
    onTestFinished(() => again.close());
    await enqueued;
    await expect(store.statistics()).resolves.toMatchObject({ totalRollouts: 1 });
  });

  it('is not waited for once it has said that it closes, until it hands out work again', async () => {
    const { server, store, connect } = await startServer();
    const client = connect();
    await server.drain({ deadlineMs: 0 });
    await expect(client.dequeueRollout({ workerId: 'w' })).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    const { rolloutId } = await client.enqueueRollout({ input: 1 });
    await server.close();
    await expect(client.querySpans({ rolloutId })).rejects.toMatchObject({ code: 'STORE_CLOSING' });

    const { port, token } = server;
    const restarted = await LightningStoreServer.start(store, { port, token });
    await expect(client.dequeueRollout()).resolves.toMatchObject({ rolloutId });
    await restarted.close();
    const away = client.querySpans({ rolloutId });
    const back = await LightningStoreServer.start(store, { port, token });
    onTestFinished(() => back.close());
    await expect(away).resolves.toHaveLength(0);
  });

  it('is no LightningStore if it answers something else', async () => {
    const other = createServer((_, response) => void response.end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const client = connect({ url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` });
    await expect(client.statistics()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('none of a LightningStore'),
    });
  });
});

describe('a claim', () => {
  it('that is parked and stopped answers empty, and takes nothing with it', async () => {
    const { store, connect } = await startServer();
    const client = connect();
    const controller = new AbortController();
    const parked = client.dequeueRollout({ workerId: 'w', waitMs: 20_000, signal: controller.signal });
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    controller.abort();
    await expect(parked).resolves.toBeUndefined();
    const { rolloutId } = await client.enqueueRollout({ input: 1 });
    await expect(client.dequeueRollout()).resolves.toMatchObject({ rolloutId, attempt: { sequenceId: 1 } });
  });

  it('is not asked for once it is stopped', async () => {
    const client = connect({ url: 'http://127.0.0.1:9' });
    await expect(client.dequeueRollout({ signal: AbortSignal.abort() })).resolves.toBeUndefined();
  });

  it('that was made just before it was stopped is given back', async () => {
    const { store, claimed } = storeThatAnswersTooLate();
    const { connect } = await startServer({ store });
    const client = connect();
    const { rolloutId } = await client.enqueueRollout({ input: 1 });
    const controller = new AbortController();
    const parked = client.dequeueRollout({ waitMs: 20_000, signal: controller.signal });
    await claimed;
    controller.abort();
    await expect(parked).resolves.toBeUndefined();
    await expect(store.getRolloutById(rolloutId)).resolves.toMatchObject({
      status: 'requeuing',
      attempt: { metadata: { [UNDELIVERED_KEY]: true } },
    });
  });

  it('that was made just before the client closed is given back', async () => {
    const { store, claimed } = storeThatAnswersTooLate();
    const { connect } = await startServer({ store });
    const client = connect();
    const { rolloutId } = await client.enqueueRollout({ input: 1 });
    const parked = client.dequeueRollout({ waitMs: 20_000 });
    await claimed;
    await client.close();
    await expect(parked).resolves.toBeUndefined();
    await expect(store.getRolloutById(rolloutId)).resolves.toMatchObject({ status: 'requeuing' });
  });

  it('whose connection is gone when it is made is given back by the server', async () => {
    const { store, claimed } = storeThatAnswersTooLate();
    const { server } = await startServer({ store, token: null });
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const requeued = nextChange(store, 'requeuing');
    const controller = new AbortController();
    const gone = request(`${server.url}/v1/agl/queues/rollouts/dequeue`, {
      method: 'POST',
      body: '{"wait_ms":20000}',
      signal: controller.signal,
    });
    gone.catch(() => {});
    await claimed;
    controller.abort();
    await expect(requeued).resolves.toMatchObject({ rolloutId });
    await expect(store.dequeueRollout()).resolves.toMatchObject({ rolloutId, attempt: { sequenceId: 2 } });
  });

  it('is not lost to a connection that ends while it is parked', async () => {
    const store = new InMemoryLightningStore();
    const ended = Promise.withResolvers<void>();
    const park = store.dequeueManyRollouts.bind(store);
    store.dequeueManyRollouts = (options?: DequeueManyOptions) => {
      options?.signal?.addEventListener('abort', () => {
        ended.resolve();
      });
      return park(options);
    };
    const { server } = await startServer({ store, token: null });
    const controller = new AbortController();
    const gone = request(`${server.url}/v1/agl/queues/rollouts/dequeue`, {
      method: 'POST',
      body: '{"wait_ms":20000,"worker_id":"w"}',
      signal: controller.signal,
    });
    gone.catch(() => {});
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    controller.abort();
    await ended.promise;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    await expect(store.getRolloutById(rolloutId)).resolves.toMatchObject({ status: 'queuing' });
  });
});

describe('waitForRollouts()', () => {
  it('returns when enough are done, and when the time is up', async () => {
    const { connect } = await startServer();
    const client = connect();
    const [a, b] = await client.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    const rolloutIds = [a!.rolloutId, b!.rolloutId];
    const wait = client.waitForRollouts({ rolloutIds, minDone: 1 });
    await client.updateRollout(b!.rolloutId, { status: 'cancelled' });
    expect((await wait).map(({ rolloutId }) => rolloutId)).toEqual([b!.rolloutId]);
    expect(await client.waitForRollouts({ rolloutIds, timeoutSeconds: 0.01 })).toHaveLength(1);
    expect(await client.waitForRollouts({ rolloutIds, timeoutSeconds: 0 })).toHaveLength(1);
  });

  it('does not wait for what is unknown', async () => {
    const { connect } = await startServer();
    await expect(connect().waitForRollouts({ rolloutIds: ['unknown'] })).resolves.toEqual([]);
  });

  it('rejects with ABORTED when it is stopped', async () => {
    const { connect } = await startServer();
    const client = connect();
    const { rolloutId } = await client.enqueueRollout({ input: 1 });
    const controller = new AbortController();
    const wait = client.waitForRollouts({ rolloutIds: [rolloutId], signal: controller.signal });
    controller.abort();
    await expect(wait).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(client.waitForRollouts({ rolloutIds: [rolloutId], signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('close()', () => {
  it('ends parked claims empty and waits with STORE_CLOSING, and refuses calls after', async () => {
    const { store, connect } = await startServer();
    const client = connect();
    const { rolloutId } = await client.startRollout({ input: 1 });
    const claim = client.dequeueRollout({ workerId: 'w', waitMs: 20_000 });
    const wait = client.waitForRollouts({ rolloutIds: [rolloutId] });
    wait.catch(() => {});
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    const start = performance.now();
    await Promise.all([client.close(), client.close()]);
    // Less than calls in flight are given: the server answers the claim at once; a wait has nothing to lose and is left.
    expect(performance.now() - start).toBeLessThan(2_900);
    await expect(claim).resolves.toBeUndefined();
    await expect(wait).rejects.toMatchObject({ code: 'STORE_CLOSING' });
    await expect(client.statistics()).rejects.toMatchObject({ code: 'STORE_CLOSING' });
  });

  it('ends calls that are tried again', async () => {
    const { server, connect } = await startServer();
    const client = connect();
    await server.close();
    const call = client.statistics();
    call.catch(() => {});
    await client.close();
    await expect(call).rejects.toMatchObject({ code: 'STORE_CLOSING' });
  });
});

describe('a server without our additions', () => {
  it('is used in the way of upstream, with one warning', async () => {
    const { store, server } = await startServer();
    const proxy = await startUpstreamLikeProxy(server.url);
    const logger = recordingLogger();
    const client = connect({ url: proxy.url, token: server.token, logger });

    const rollout = await client.enqueueRollout({ input: 1, priority: 3 });
    const claim = await client.dequeueRollout({ waitMs: 20_000, workerId: 'w' });
    expect(claim?.rolloutId).toBe(rollout.rolloutId);
    const key = { rolloutId: rollout.rolloutId, attemptId: claim!.attempt.attemptId };
    expect(await client.getManySpanSequenceIds([key, key])).toEqual([1, 2]);
    const spans = [span(key, { spanId: 'a' }), span(key, { spanId: 'b', sequenceId: 7 }), span(key, { spanId: 'a' })];
    expect((await client.addManySpans(spans)).map(({ spanId, sequenceId }) => [spanId, sequenceId])).toEqual([
      ['a', 3],
      ['b', 7],
    ]);
    const unknown = { ...key, attemptId: 'unknown' };
    await expect(
      client.addManySpans([span(unknown, { spanId: 'c' }), span(key, { spanId: 'd' })]),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', details: { unknown: [{ ...unknown, spanId: 'c' }] } });
    const last = [span(key, { spanId: 'e' })];
    await client.updateAttempt(key.rolloutId, key.attemptId, { status: 'succeeded' }, { spans: last });
    expect((await store.querySpans({ rolloutId: rollout.rolloutId })).total).toBe(4);
    const rolloutIds = [rollout.rolloutId, (await client.enqueueRollout({ input: 2 })).rolloutId];
    expect(await client.waitForRollouts({ rolloutIds, minDone: 1 })).toHaveLength(1);
    expect(await client.getRolloutById('unknown')).toBeUndefined();
    expect(await client.getRolloutById(key.rolloutId)).toMatchObject({ status: 'succeeded', attempt: key });
    await expect(client.updateRollout('unknown', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await client.updateWorker('w', { attempts: [key] })).toMatchObject({ fencedAttemptIds: [] });

    expect(logger.lines).toHaveLength(1);
    expect(proxy.paths.filter((path) => path.includes('batch') || path.includes('cancel'))).toEqual([]);
  });

  it('is asked for all rollouts where only we could select among them', async () => {
    const { store, server } = await startServer();
    const proxy = await startUpstreamLikeProxy(server.url);
    const client = connect({ url: proxy.url, token: server.token });
    await store.enqueueManyRollouts([
      { input: 1, rolloutId: 'a', mode: 'val' },
      { input: 2, rolloutId: 'b', mode: 'train' },
      { input: 3, rolloutId: 'c', mode: 'val' },
    ]);
    await store.startAttempt('c');
    const page = await client.queryRollouts({ modeIn: ['val'], sortBy: 'attempts', sortOrder: 'desc', limit: 1 });
    expect(page).toMatchObject({ items: [{ rolloutId: 'c', attempt: { sequenceId: 1 } }], limit: 1, total: 2 });
  });

  it('is polled for work that comes later', async () => {
    const { store, server } = await startServer();
    const proxy = await startUpstreamLikeProxy(server.url);
    const client = connect({ url: proxy.url, token: server.token });
    const claim = client.dequeueRollout({ waitMs: 20_000, workerId: 'w' });
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    await expect(claim).resolves.toMatchObject({ rolloutId });
  });

  it('is not asked twice for what would happen twice', async () => {
    const { server } = await startServer();
    const proxy = await startUpstreamLikeProxy(server.url);
    const client = connect({ url: proxy.url, token: server.token });
    await client.statistics();
    await server.close();
    await expect(client.enqueueRollout({ input: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.dequeueRollout({ workerId: 'w' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(client.startAttempt('ro-1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    for (const end of ['/enqueue', '/dequeue', '/attempts']) {
      expect(proxy.paths.filter((path) => path.endsWith(end))).toHaveLength(1);
    }
  });
});

/** Takes connections and says nothing; `reset()` ends them once there is one. */
async function silentServer(): Promise<{ url: string; reset: () => Promise<void> }> {
  const asked = Promise.withResolvers<void>();
  const server = createServer(() => {
    asked.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reset: async () => {
      await asked.promise;
      server.closeAllConnections();
    },
  };
}
