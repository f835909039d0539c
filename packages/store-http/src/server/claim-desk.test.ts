import { InMemoryLightningStore, silentLogger } from '@agentlightning/core';
import type { FastifyReply } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClaimDesk } from './claim-desk.ts';

const lost = { raw: { destroyed: true, once: () => {}, off: () => {} } } as unknown as FastifyReply;
const sound = { raw: { destroyed: false, once: () => {}, off: () => {} } } as unknown as FastifyReply;

async function openDesk() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const store = new InMemoryLightningStore();
  const desk = new ClaimDesk(store, silentLogger);
  const { rolloutId } = await store.enqueueRollout({ input: 1 });
  const status = async (): Promise<string | undefined> => (await store.getRolloutById(rolloutId))?.status;
  return { store, desk, rolloutId, status };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('A claim whose reply is lost', () => {
  it('is given back at once when nobody can ask for it again', async () => {
    const { desk, status } = await openDesk();
    await desk.claim({ workerId: 'w' }, lost);
    await vi.advanceTimersByTimeAsync(0);
    expect(await status()).toBe('requeuing');
  });

  it('is kept for whoever comes back with its claim id', async () => {
    const { desk, rolloutId, status } = await openDesk();
    const claim = { workerId: 'w', claimId: 'c' };
    await desk.claim(claim, lost);
    await vi.advanceTimersByTimeAsync(4_000);
    await expect(desk.claim(claim, sound)).resolves.toMatchObject([{ rolloutId, attempt: { sequenceId: 1 } }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await status()).toBe('preparing');
  });

  it('is given back when nobody came back for 5 s', async () => {
    const { store, desk, rolloutId, status } = await openDesk();
    const claim = { workerId: 'w', claimId: 'c' };
    await desk.claim(claim, lost);
    await vi.advanceTimersByTimeAsync(4_900);
    expect(await status()).toBe('preparing');
    await vi.advanceTimersByTimeAsync(200);
    expect(await status()).toBe('requeuing');
    // Who comes even later sees that it is in the queue again, and nothing once somebody else has it.
    await expect(desk.claim(claim, sound)).resolves.toMatchObject([{ rolloutId, status: 'requeuing' }]);
    await store.dequeueRollout();
    await expect(desk.claim(claim, sound)).resolves.toEqual([]);
  });

  it('is given back at once when its worker is known to be gone', async () => {
    const { desk, status } = await openDesk();
    await desk.claim({ workerId: 'w', claimId: 'c' }, lost);
    desk.workerGone('another');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await status()).toBe('preparing');
    desk.workerGone('w');
    await vi.advanceTimersByTimeAsync(0);
    expect(await status()).toBe('requeuing');
  });

  it('does not hold up a server that closes', async () => {
    const { desk } = await openDesk();
    await desk.claim({ workerId: 'w', claimId: 'c' }, lost);
    await desk.drain(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
