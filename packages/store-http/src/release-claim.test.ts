import { InMemoryLightningStore, UNDELIVERED_KEY } from '@agentlightning/core';
import { expect, it } from 'vitest';
import { type ClaimReturns, releaseClaim } from './release-claim.ts';

/** A store with one rollout that was claimed, and what is written into it. */
async function claimed() {
  const store = new InMemoryLightningStore();
  const { rolloutId } = await store.enqueueRollout({ input: 1, config: { maxAttempts: 1 } });
  const { attempt } = (await store.dequeueRollout())!;
  const writes: string[] = [];
  const noted: ClaimReturns = {
    getRolloutById: (id) => store.getRolloutById(id),
    updateAttempt: (...args) => {
      writes.push('updateAttempt');
      return store.updateAttempt(...args);
    },
    updateRollout: (...args) => {
      writes.push('updateRollout');
      return store.updateRollout(...args);
    },
  };
  return { store, noted, writes, rolloutId, attemptId: attempt.attemptId };
}

it('a claim is given back in one write, and costs its rollout no attempt', async () => {
  const { store, noted, writes, rolloutId, attemptId } = await claimed();
  await releaseClaim(noted, rolloutId, attemptId);
  expect(writes).toEqual(['updateAttempt']);
  expect(await store.getRolloutById(rolloutId)).toMatchObject({
    status: 'requeuing',
    config: { maxAttempts: 2 },
    attempt: { status: 'unresponsive', metadata: { [UNDELIVERED_KEY]: true } },
  });
  expect(await store.dequeueRollout()).toMatchObject({ rolloutId, attempt: { sequenceId: 2 } });
});

it('a store that does not know how is told in two', async () => {
  const { store, noted, writes, rolloutId, attemptId } = await claimed();
  await releaseClaim(noted, rolloutId, attemptId, false);
  expect(writes).toEqual(['updateAttempt', 'updateRollout']);
  expect(await store.getRolloutById(rolloutId)).toMatchObject({
    status: 'requeuing',
    attempt: { metadata: { [UNDELIVERED_KEY]: true } },
  });
});

it.each([true, false])('a claim that somebody works on is left alone (%s)', async (canGiveBack) => {
  const { store, noted, writes, rolloutId, attemptId } = await claimed();
  await store.updateAttempt(rolloutId, attemptId, { status: 'running' });
  await releaseClaim(noted, rolloutId, attemptId, canGiveBack);
  expect(writes).toEqual([]);
});
