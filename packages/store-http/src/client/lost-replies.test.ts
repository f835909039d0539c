import { PromptTemplate } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { startLossyProxy } from '../../test/lossy-proxy.ts';
import { connect as connectTo, startServer } from '../../test/running-server.ts';
import { span } from '../../test/spans.ts';

async function start() {
  const { store, server } = await startServer();
  const proxy = await startLossyProxy(server.url);
  const client = connectTo({ url: proxy.url, token: server.token });
  const asked = (pathEnd: string): number => proxy.paths.filter((path) => path.endsWith(pathEnd)).length;
  return { store, client, proxy, asked };
}

describe('A call whose reply is lost happens once', () => {
  it.each([0, 20_000])('dequeueManyRollouts(), waiting %d ms', async (waitMs) => {
    const { store, client, proxy, asked } = await start();
    await store.enqueueManyRollouts([1, 2, 3].map((input) => ({ input })));
    proxy.lose('/dequeue', 2);
    const claimed = await client.dequeueManyRollouts({ limit: 2, workerId: 'w', waitMs });
    expect(claimed.map(({ input, attempt }) => [input, attempt.sequenceId])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(asked('/dequeue')).toBe(3);
    expect(await store.statistics()).toMatchObject({ totalAttempts: 2 });
  });

  it('dequeueRollout() that waits for work', async () => {
    const { store, client, proxy } = await start();
    proxy.lose('/dequeue');
    const parked = client.dequeueRollout({ workerId: 'w', waitMs: 20_000 });
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    const [first] = await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    await expect(parked).resolves.toMatchObject({ rolloutId: first?.rolloutId, attempt: { sequenceId: 1 } });
    expect(await store.statistics()).toMatchObject({ totalAttempts: 1 });
  });

  it('enqueueManyRollouts(), startRollout()', async () => {
    const { store, client, proxy } = await start();
    proxy.lose('/enqueue');
    proxy.lose('/rollouts');
    const [enqueued] = await client.enqueueManyRollouts([{ input: 1 }]);
    const started = await client.startRollout({ input: 2, workerId: 'w' });
    expect((await store.queryRollouts()).items.map(({ rolloutId }) => rolloutId)).toEqual([
      enqueued?.rolloutId,
      started.rolloutId,
    ]);
    expect(await store.statistics()).toMatchObject({ totalAttempts: 1 });
  });

  it('startAttempt()', async () => {
    const { store, client, proxy } = await start();
    const { rolloutId } = await client.startRollout({ input: 1 });
    proxy.lose('/attempts');
    const { attempt } = await client.startAttempt(rolloutId, { workerId: 'w' });
    expect(attempt).toMatchObject({ sequenceId: 2, workerId: 'w' });
    expect((await store.queryAttempts(rolloutId)).total).toBe(2);
  });

  it('addResources(), updateResources()', async () => {
    const { store, client, proxy } = await start();
    const resources = (template: string) => ({ main: new PromptTemplate({ template, engine: 'f-string' }) });
    const path = '/v1/agl/resources';
    proxy.lose(path);
    const { resourcesId } = await client.addResources(resources('a'));
    proxy.lose(`${path}/${resourcesId}`);
    await expect(client.updateResources(resourcesId, resources('b'))).resolves.toMatchObject({ version: 2 });
    expect(await store.statistics()).toMatchObject({ totalResources: 1 });
  });

  it('spans and reports', async () => {
    const { store, client, proxy } = await start();
    const { rolloutId, attempt } = await client.startRollout({ input: 1 });
    const key = { rolloutId, attemptId: attempt.attemptId };
    proxy.lose('/spans/batch');
    proxy.lose(attempt.attemptId);
    expect(await client.addManySpans([span(key, { spanId: 'a' })])).toEqual([]);
    const report = await client.updateAttempt(rolloutId, key.attemptId, { status: 'succeeded' });
    expect(report).toMatchObject({ status: 'succeeded', outcome: 'applied' });
    expect(await store.statistics()).toMatchObject({ totalSpans: 1 });
  });
});
