import { InMemoryLightningStore } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../../test/running-server.ts';

describe('POST /v1/agl/queues/rollouts/dequeue', () => {
  it('keeps the empty worker id of a claim, and makes no worker of it', async () => {
    const { store, send } = await startServer();
    await store.enqueueRollout({ input: 1 });
    const claim = () => send('POST', '/v1/agl/queues/rollouts/dequeue', { worker_id: '' });
    expect(await claim()).toMatchObject({ status: 200, body: [{ attempt: { worker_id: '' } }] });
    expect(await claim()).toMatchObject({ status: 200, body: [] });
    expect((await store.queryWorkers()).total).toBe(0);
  });

  it('waits for 30 s at most, whatever the client asks for', async () => {
    const store = new InMemoryLightningStore();
    const waits: (number | undefined)[] = [];
    store.dequeueManyRollouts = async (options) => {
      waits.push(options?.waitMs);
      return [];
    };
    const { send } = await startServer({ store });
    for (const wait_ms of [29_999, 30_001, 1e300]) await send('POST', '/v1/agl/queues/rollouts/dequeue', { wait_ms });
    expect(waits).toEqual([29_999, 30_000, 30_000]);
  });
});
