import { InMemoryLightningStore } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { reportLostAttempts } from './lost-attempts.ts';

const RETRIED = { maxAttempts: 2, retryCondition: ['unresponsive' as const] };

describe('reportLostAttempts()', () => {
  it('queues a rollout again that may be retried, and fails one that may not', async () => {
    const store = new InMemoryLightningStore();
    const retried = await store.enqueueRollout({ input: 1, config: RETRIED });
    const single = await store.enqueueRollout({ input: 2 });
    await store.dequeueManyRollouts({ limit: 2, workerId: 'gone' });

    expect(await reportLostAttempts(store, new Set(['gone']), 'runner lost', 'out of memory')).toBe(2);

    expect((await store.getRolloutById(retried.rolloutId))?.status).toBe('requeuing');
    expect((await store.getRolloutById(single.rolloutId))?.status).toBe('failed');
    const attempt = await store.getLatestAttempt(single.rolloutId);
    expect(attempt?.metadata).toMatchObject({ reason: 'runner lost', cause: 'out of memory' });
    await store.close();
  });

  it('leaves alone what living workers have in flight, and what has ended', async () => {
    const store = new InMemoryLightningStore();
    await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    const ended = await store.dequeueRollout({ workerId: 'gone' });
    const alive = await store.dequeueRollout({ workerId: 'alive' });
    await store.updateAttempt(ended!.rolloutId, 'latest', { status: 'succeeded' });

    expect(await reportLostAttempts(store, new Set(['gone']), 'runner lost')).toBe(0);

    expect((await store.getRolloutById(ended!.rolloutId))?.status).toBe('succeeded');
    expect((await store.getRolloutById(alive!.rolloutId))?.status).toBe('preparing');
    await store.close();
  });
});
