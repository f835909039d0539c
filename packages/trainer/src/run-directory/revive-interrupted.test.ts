import { hostname } from 'node:os';
import {
  type AttemptStatus,
  InMemoryLightningStore,
  type LightningStore,
  type RolloutConfigInput,
} from '@agentlightning/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reviveInterrupted } from './revive-interrupted.ts';

const RUN = { runId: 'run-1', verdicts: () => [], maxAttempts: 2 };
const CONFIG: RolloutConfigInput = { maxAttempts: 2, retryCondition: ['timeout', 'unresponsive'] };

let store: LightningStore;
beforeEach(() => {
  store = new InMemoryLightningStore();
});
afterEach(() => store.close());

async function enqueue(runId = 'run-1'): Promise<string> {
  return (await store.enqueueRollout({ input: 1, config: CONFIG, metadata: { run_id: runId } })).rolloutId;
}

/** The next attempt of the rollout that waits, ended as said; `undefined` leaves it in flight. */
async function attempt(status?: AttemptStatus, reason?: string): Promise<void> {
  // The pid of nobody: it is beyond what Linux gives.
  const claimed = await store.dequeueRollout({ workerId: `${hostname()}-4194305-abcdef-runner-1` });
  if (claimed === undefined) throw new Error('Nothing waits');
  if (status === undefined) return;
  await store.updateAttempt(claimed.rolloutId, claimed.attempt.attemptId, {
    status,
    ...(reason === undefined ? {} : { metadata: { reason } }),
  });
}

const statusOf = async (rolloutId: string) => (await store.getRolloutById(rolloutId))?.status;

describe('reviveInterrupted()', () => {
  it.each([
    ['that was reported at the end of a run', 'shutdown'],
    ['whose thread was terminated', 'interrupted'],
  ])('queues a rollout again with an attempt %s, without counting it', async (_, reason) => {
    const rolloutId = await enqueue();
    // As often as it takes to use up all attempts twice.
    for (let run = 0; run < 4; run += 1) {
      await attempt('unresponsive', reason);
      await reviveInterrupted(store, RUN);
      expect(await statusOf(rolloutId)).toBe('requeuing');
    }
    await attempt('timeout');
    expect(await statusOf(rolloutId)).toBe('requeuing');
    await attempt('timeout');
    expect(await statusOf(rolloutId)).toBe('failed');
  });

  it('queues again what was in flight when the process was killed', async () => {
    const rolloutId = await enqueue();
    await attempt('timeout');
    await attempt();
    expect(await reviveInterrupted(store, RUN)).toBe(1);
    expect(await statusOf(rolloutId)).toBe('requeuing');
    expect(await store.getLatestAttempt(rolloutId)).toMatchObject({
      status: 'unresponsive',
      metadata: { reason: 'interrupted' },
    });
    await attempt('timeout');
    expect(await statusOf(rolloutId)).toBe('failed');
  });

  it('leaves to a runner what that has claimed at the moment in which it was queued again', async () => {
    const rolloutId = await enqueue();
    await attempt();
    const waiting = store.dequeueRollout({ workerId: 'alive', waitMs: 60_000 });
    expect(await reviveInterrupted(store, RUN)).toBe(1);
    const { attempt: claimed } = (await waiting)!;
    expect(await store.getRolloutById(rolloutId)).toMatchObject({
      status: 'preparing',
      attempt: { attemptId: claimed.attemptId },
      config: { maxAttempts: 3 },
    });
  });

  it('does not count what was given back when a runner was lost', async () => {
    const rolloutId = await enqueue();
    const lose = async (metadata: Record<string, unknown>, givenBack = false): Promise<void> => {
      await store.dequeueRollout({ workerId: 'w' });
      await store.updateAttempt(rolloutId, 'latest', { status: 'unresponsive', givenBack, metadata });
    };
    await lose({ reason: 'given back' }, true);
    await lose({ 'agl.undelivered': true }, true);
    await lose({ reason: 'runner killed', strikes: 2 }, true);
    await lose({ reason: 'runner killed', strikes: 3 });
    await lose({ reason: 'shutdown' });
    expect((await store.getRolloutById(rolloutId))?.status).toBe('failed');
    expect(await reviveInterrupted(store, RUN)).toBe(1);
    expect((await store.getRolloutById(rolloutId))?.config.maxAttempts).toBe(6);
  });

  it('comes to the same when it is repeated, and when it was cut off half way', async () => {
    const rolloutId = await enqueue();
    await attempt('unresponsive', 'shutdown');
    await reviveInterrupted(store, RUN);
    const revived = await store.getRolloutById(rolloutId);
    expect(revived?.config.maxAttempts).toBe(3);
    expect(await reviveInterrupted(store, RUN)).toBe(0);
    expect(await store.getRolloutById(rolloutId)).toEqual(revived);
  });

  it.each([
    ['failed by itself', 'failed', undefined],
    ['took too long', 'timeout', undefined],
    ['went silent', 'unresponsive', undefined],
  ] as const)('leaves a rollout alone that %s as often as it may', async (_, status, reason) => {
    const rolloutId = await enqueue();
    await attempt(status, reason);
    if (status !== 'failed') await attempt(status, reason);
    expect(await reviveInterrupted(store, RUN)).toBe(0);
    expect(await statusOf(rolloutId)).toBe('failed');
  });
  it('leaves alone what was judged, was frozen in a verdict, or is of another run', async () => {
    const interrupted = await enqueue();
    await attempt('unresponsive', 'interrupted');
    const frozen = await enqueue();
    const other = await enqueue('run-2');
    const unresponsive = await enqueue();
    for (let turn = 0; turn < 4; turn += 1) await attempt('unresponsive', turn < 3 ? 'shutdown' : undefined);
    const verdicts = [JSON.stringify([{ rolloutId: 'ro-else' }]), JSON.stringify([{ rolloutId: frozen }])];
    const before = await Promise.all([frozen, other, unresponsive].map((id) => store.getRolloutById(id)));
    await reviveInterrupted(store, { ...RUN, verdicts: () => verdicts });
    expect((await store.getRolloutById(interrupted))?.config.maxAttempts).toBeGreaterThan(2);
    expect(await Promise.all([frozen, other, unresponsive].map((id) => store.getRolloutById(id)))).toEqual(before);
  });
});

it('revives what came to nothing because of its model, whatever its agent made of that, with all of its attempts', async () => {
  const ended = async (status: AttemptStatus, reason?: string): Promise<string> => {
    const rolloutId = await enqueue();
    await attempt(status, reason);
    return rolloutId;
  };
  const revived = [await ended('failed', 'model refused'), await ended('succeeded', 'model refused')];
  const outage = await ended('failed', 'model outage');
  await attempt('failed', 'model outage');
  const left = [await ended('succeeded'), await ended('failed')];
  expect((await store.getRolloutById(outage))?.status).toBe('failed');
  expect(await reviveInterrupted(store, RUN)).toBe(3);
  for (const id of revived) expect((await store.getRolloutById(id))?.status).toBe('requeuing');
  expect(await store.getRolloutById(outage)).toMatchObject({ status: 'requeuing', config: { maxAttempts: 4 } });
  for (const id of left) expect((await store.getRolloutById(id))?.status).not.toBe('requeuing');
  expect(await reviveInterrupted(store, RUN)).toBe(0);
});
