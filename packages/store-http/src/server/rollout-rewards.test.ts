import { type LightningStore, rewardDraft, type SpanInput, spanFromDraft } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../test/running-server.ts';

const PATH = '/v1/agl/rewards/rollouts';

async function attemptWith(
  store: LightningStore,
  rewards: readonly (object | number | undefined)[],
  rolloutId: string,
) {
  const { attempt } = await store.startRollout({ input: 1, rolloutId });
  const ids = { rolloutId, attemptId: attempt.attemptId, traceId: '1'.repeat(32), now: 1 };
  const spans: SpanInput[] = rewards.map((reward) =>
    spanFromDraft(reward === undefined ? { name: 'work', attributes: {} } : rewardDraft(reward as number), ids),
  );
  await store.addManySpans(spans);
}

describe('the rewards of rollouts', () => {
  it('are the last of the latest attempt, all dimensions, in the order that was asked for', async () => {
    const { send, store } = await startServer();
    await attemptWith(store, [0.25, { primary: 0.5, tone: 1 }, undefined], 'a');
    await attemptWith(store, [undefined], 'b');
    const reply = await send('POST', PATH, { rollout_ids: ['b', 'a', 'unknown'] });
    expect(reply).toMatchObject({ status: 200 });
    expect(reply.body).toEqual([
      { rollout_id: 'b', rewards: {} },
      { rollout_id: 'a', rewards: { primary: 0.5, tone: 1 } },
      { rollout_id: 'unknown', rewards: {} },
    ]);
    await store.startAttempt('a');
    expect((await send('POST', PATH, { rollout_ids: ['a'] })).body).toEqual([{ rollout_id: 'a', rewards: {} }]);
  });

  it('are found though many spans come after them', async () => {
    const { send, store } = await startServer();
    await attemptWith(store, [1, ...Array.from({ length: 90 }, () => undefined)], 'a');
    expect((await send('POST', PATH, { rollout_ids: ['a'] })).body).toEqual([
      { rollout_id: 'a', rewards: { primary: 1 } },
    ]);
  });

  it('are asked for of 200 rollouts at most', async () => {
    const { send } = await startServer();
    const ids = Array.from({ length: 201 }, (_, index) => `ro-${index}`);
    expect((await send('POST', PATH, { rollout_ids: ids })).status).toBe(422);
    expect((await send('POST', PATH, { rollout_ids: ids.slice(1) })).status).toBe(200);
  });
});
