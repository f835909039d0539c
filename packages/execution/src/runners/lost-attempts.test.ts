import { type AttemptedRollout, InMemoryLightningStore, type RolloutConfigInput } from '@agentlightning/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunnerLoss, reportLoss, wasGivenBack } from './lost-attempts.ts';

const RETRIED = { maxAttempts: 9, retryCondition: ['unresponsive' as const] };

let store: InMemoryLightningStore;

beforeEach(() => {
  store = new InMemoryLightningStore();
});

afterEach(() => store.close());

/** A worker that is gone, and how. */
function loss(culprit?: AttemptedRollout, more: Partial<RunnerLoss> = {}): RunnerLoss {
  const { rolloutId, attempt } = culprit ?? {};
  return {
    workerId: 'gone',
    cause: 'out of memory',
    culprit:
      rolloutId === undefined || attempt === undefined
        ? undefined
        : { rolloutId, attemptId: attempt.attemptId, deadlineAt: Number.POSITIVE_INFINITY },
    isOverdue: false,
    isFromOutside: false,
    ...more,
  };
}

async function claimed(config: RolloutConfigInput = {}, workerId = 'gone'): Promise<AttemptedRollout> {
  await store.enqueueRollout({ input: 1, config });
  return (await store.dequeueRollout({ workerId }))!;
}

async function stateOf({ rolloutId }: AttemptedRollout): Promise<unknown> {
  const rollout = (await store.getRolloutById(rolloutId)) as AttemptedRollout;
  const { status, metadata } = rollout.attempt;
  return { rollout: rollout.status, attempt: status, reason: metadata?.['reason'], cause: metadata?.['cause'] };
}

/** Has the same rollout end its runner until it is not queued again; answers how often that was. */
async function loseAgainAndAgain(config: RolloutConfigInput, more: Partial<RunnerLoss> = {}): Promise<number> {
  let rollout = await claimed(config);
  for (let times = 1; ; times++) {
    await reportLoss(store, loss(rollout, more));
    const next = await store.dequeueRollout({ workerId: 'gone' });
    if (next === undefined) return times;
    rollout = next;
  }
}

describe('reportLoss()', () => {
  it('charges the culprit an attempt and gives all others back, whatever may be retried', async () => {
    const culprit = await claimed(RETRIED);
    const others = [await claimed(), await claimed({ maxAttempts: 1, retryCondition: ['timeout'] })];
    expect(await reportLoss(store, loss(culprit))).toBe(2);
    expect(await stateOf(culprit)).toEqual({
      rollout: 'requeuing',
      attempt: 'unresponsive',
      reason: 'runner lost',
      cause: 'out of memory',
    });
    expect(await store.getRolloutById(culprit.rolloutId)).toMatchObject({ config: { maxAttempts: 9 } });
    for (const other of others) {
      expect(await stateOf(other)).toMatchObject({
        rollout: 'requeuing',
        attempt: 'unresponsive',
        reason: 'given back',
      });
      expect(await store.getRolloutById(other.rolloutId)).toMatchObject({ config: { maxAttempts: 2 } });
    }
  });

  it('gives everything back when nobody is known to be to blame', async () => {
    const rollouts = [await claimed(), await claimed()];
    expect(await reportLoss(store, loss())).toBe(2);
    for (const rollout of rollouts) expect(await stateOf(rollout)).toMatchObject({ rollout: 'requeuing' });
  });

  it('says of a culprit without another attempt that it has failed', async () => {
    const culprit = await claimed({ maxAttempts: 1, retryCondition: ['unresponsive'] });
    await reportLoss(store, loss(culprit));
    expect(await stateOf(culprit)).toMatchObject({ rollout: 'failed', attempt: 'failed', reason: 'runner lost' });
  });

  it('says of a culprit whose time was up that it is a timeout', async () => {
    const culprit = await claimed({ maxAttempts: 2, retryCondition: ['timeout'] });
    await reportLoss(store, loss(culprit, { isOverdue: true }));
    expect(await stateOf(culprit)).toMatchObject({ rollout: 'requeuing', attempt: 'timeout', reason: 'timeout' });
  });

  it('adds why to an attempt that the store has ended by its own deadline', async () => {
    const culprit = await claimed({ maxAttempts: 2, retryCondition: ['timeout'] });
    await store.updateAttempt(culprit.rolloutId, 'latest', { status: 'timeout' });
    await reportLoss(store, loss(culprit, { isOverdue: true, cause: 'it stood still' }));
    expect(await stateOf(culprit)).toMatchObject({ attempt: 'timeout', reason: 'timeout', cause: 'it stood still' });
  });

  it.each([
    ['may be tried nine times', RETRIED, 3],
    ['may be tried twice', { maxAttempts: 2, retryCondition: ['unresponsive' as const] }, 2],
  ])('fails a rollout that ends its runner again and again, if it %s', async (_which, config, times) => {
    expect(await loseAgainAndAgain(config)).toBe(times);
    const { items } = await store.queryRollouts();
    expect(items).toMatchObject([{ status: 'failed', attempt: { status: 'failed', metadata: { strikes: times } } }]);
  });

  it.each([
    ['may not be tried again', {}, 3],
    ['may be tried three times', { maxAttempts: 3, retryCondition: ['unresponsive' as const] }, 5],
  ])(
    'says of a rollout whose runner is killed again and again that it is lost, and not that it has failed, if it %s',
    async (_which, config, times) => {
      expect(await loseAgainAndAgain(config, { isFromOutside: true })).toBe(times);
      const { items } = await store.queryRollouts();
      const attempt = { status: 'unresponsive', metadata: { reason: 'runner killed', strikes: times } };
      expect(items).toMatchObject([{ status: 'failed', attempt }]);
      const attempts = (await store.queryAttempts(items[0]!.rolloutId)).items;
      expect(attempts.map(wasGivenBack)).toEqual(attempts.map(({ sequenceId }) => sequenceId <= 2));
    },
  );

  it('does not count against a rollout that ends its runner how often somebody else did', async () => {
    const config = { maxAttempts: 3, retryCondition: ['unresponsive' as const] };
    let rollout = await claimed(config);
    for (const isFromOutside of [true, false, true, false]) {
      await reportLoss(store, loss(rollout, { isFromOutside }));
      rollout = (await store.dequeueRollout({ workerId: 'gone' }))!;
    }
    expect(rollout).toMatchObject({ attempt: { sequenceId: 5 }, config: { maxAttempts: 5 } });
    await reportLoss(store, loss(rollout));
    expect(await stateOf(rollout)).toMatchObject({ rollout: 'failed', attempt: 'failed', reason: 'runner lost' });
  });

  it('leaves alone what living workers have in flight, and what has ended', async () => {
    const ended = await claimed();
    await store.updateAttempt(ended.rolloutId, 'latest', { status: 'succeeded' });
    const alive = await claimed({}, 'alive');
    expect(await reportLoss(store, loss(ended))).toBe(0);
    expect(await stateOf(ended)).toMatchObject({ rollout: 'succeeded', reason: undefined });
    expect(await stateOf(alive)).toMatchObject({ rollout: 'preparing' });
  });

  it('reported twice is the same as once', async () => {
    const [culprit, other] = [await claimed(RETRIED), await claimed()];
    await reportLoss(store, loss(culprit));
    const once = [await stateOf(culprit), await stateOf(other), await store.getRolloutById(other.rolloutId)];
    expect(await reportLoss(store, loss(culprit))).toBe(0);
    expect([await stateOf(culprit), await stateOf(other), await store.getRolloutById(other.rolloutId)]).toEqual(once);
  });
});
