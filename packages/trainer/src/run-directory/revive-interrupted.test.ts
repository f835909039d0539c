import { type AttemptStatus, InMemoryLightningStore } from '@agentlightning/core';
import { expect, it, onTestFinished } from 'vitest';
import { reviveInterrupted } from './revive-interrupted.ts';

/** A rollout whose only attempt ended so. */
async function endedRollout(
  store: InMemoryLightningStore,
  status: AttemptStatus,
  { runId = 'run-1', reason }: { readonly runId?: string; readonly reason?: string } = {},
): Promise<string> {
  const { rolloutId } = await store.enqueueRollout({ input: 1, metadata: { run_id: runId } });
  const { attempt } = (await store.dequeueRollout({ workerId: 'w' }))!;
  await store.updateAttempt(rolloutId, attempt.attemptId, {
    status,
    ...(reason === undefined ? {} : { metadata: { reason } }),
  });
  return rolloutId;
}

it('revives what was interrupted of a run, and nothing that was judged, was frozen in a verdict, or is of another run', async () => {
  const store = new InMemoryLightningStore();
  onTestFinished(() => store.close());
  const interrupted = await endedRollout(store, 'unresponsive', { reason: 'interrupted' });
  const frozen = await endedRollout(store, 'unresponsive', { reason: 'runner lost' });
  const others = [
    await endedRollout(store, 'unresponsive', { reason: 'shutdown', runId: 'run-2' }),
    await endedRollout(store, 'unresponsive'),
    await endedRollout(store, 'failed', { reason: 'interrupted' }),
    await endedRollout(store, 'timeout'),
  ];
  const verdicts = [
    JSON.stringify([{ rolloutId: 'ro-else' }]),
    JSON.stringify([{ rolloutId: frozen, status: 'lost' }]),
  ];
  expect(await reviveInterrupted(store, { runId: 'run-1', verdicts })).toBe(1);
  expect((await store.getRolloutById(interrupted))?.status).toBe('requeuing');
  for (const id of [frozen, ...others]) expect((await store.getRolloutById(id))?.status).toBe('failed');
});
