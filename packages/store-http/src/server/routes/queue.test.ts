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
});
