import {
  ENDPOINT_REASONS,
  InMemoryLightningStore,
  MODEL_CALL_SPAN_NAME,
  type RolloutConfigInput,
  spanFromDraft,
} from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { expect, it } from 'vitest';
import { useHarness } from './test-data/use-harness.ts';
import { watchRetries } from './watch-retries.ts';

const start = useHarness();

it('a run says that its agents have no answer, while their attempts are tried again', async () => {
  const clock = new VirtualClock();
  const store = new InMemoryLightningStore({ clock });
  const { run, messages } = start({ store, clock, agent: () => new Promise(() => {}) });
  const stop = watchRetries(store, run);
  const config: RolloutConfigInput = { maxAttempts: 100, retryCondition: ['unresponsive'] };
  /** An attempt that finds nobody at its model's address, and is tried again. */
  const loseAttempt = async (): Promise<void> => {
    const { rolloutId, attempt } = await store.startRollout({ input: 1, config });
    const ids = { rolloutId, attemptId: attempt.attemptId, traceId: 'e'.repeat(32), now: clock.now() };
    const status = { statusCode: 'ERROR', description: 'connect' } as const;
    const attributes = { 'error.type': 'ECONNREFUSED' };
    await store.addSpan(spanFromDraft({ name: MODEL_CALL_SPAN_NAME, status, attributes }, ids));
    await store.updateAttempt(rolloutId, attempt.attemptId, {
      status: 'unresponsive',
      metadata: { reason: ENDPOINT_REASONS.outage },
    });
    // It is looked at beside what the store is asked.
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  };
  const warnings = (): unknown[] => messages.filter(({ type }) => type === 'warning');
  await loseAttempt();
  expect(warnings()).toEqual([]);
  clock.advance(12);
  await loseAttempt();
  expect(warnings()).toEqual([
    { type: 'warning', message: expect.stringContaining('for 12 s: ECONNREFUSED (connect). They try again') },
  ]);
  stop();
});
