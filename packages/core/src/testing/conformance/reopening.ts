import { expect, it } from 'vitest';
import { PromptTemplate } from '../../resource/prompt-template.ts';
import { rolloutIds, type StoreUnderTest, spanIds, spanOf } from './store-under-test.ts';

const resources = { prompt: new PromptTemplate({ template: 'Hi', engine: 'f-string' }) };

/** What a store has said outlives it. Where nothing does, a test ends as soon as it knows. */
export function describeReopening(subject: StoreUnderTest): void {
  const { itTravelsInTime } = subject;

  it('every record is as it was', async () => {
    const { store } = subject;
    await store.addResources(resources);
    const claimed = await subject.claimed({ config: { maxAttempts: 2, retryCondition: ['failed'] } }, 'w-1');
    await store.addManySpans([spanOf(claimed, { attributes: { scores: [1, 0.5], flag: true } }), spanOf(claimed)]);
    await store.updateAttempt(claimed.rolloutId, 'latest', { status: 'failed', metadata: { why: 'x' } });
    await store.updateWorker('w-2', { heartbeatStats: { cpu: 1.5 } });
    const done = await store.enqueueRollout({ input: { a: [1] }, mode: 'val', priority: 3, metadata: { k: 'v' } });
    await store.updateRollout(done.rolloutId, { status: 'cancelled' });
    const all = async (from: typeof store) => ({
      rollouts: (await from.queryRollouts()).items,
      attempts: (await from.queryAttempts(claimed.rolloutId)).items,
      spans: (await from.querySpans({ rolloutId: claimed.rolloutId })).items,
      workers: (await from.queryWorkers()).items,
      resources: (await from.queryResources()).items,
      latest: await from.getLatestResources(),
      counts: { ...(await from.statistics()), uptime: 0 },
    });
    const before = await all(store);
    const reopened = await subject.reopen();
    if (reopened !== undefined) expect(await all(reopened)).toEqual(before);
  });

  it('the queue keeps its order, and what waited for a retry still does', async () => {
    const { store } = subject;
    const first = await subject.claimed({ config: { maxAttempts: 2, retryCondition: ['failed'] } });
    const [a, b] = await store.enqueueManyRollouts([{ input: 'a' }, { input: 'b', priority: 1 }]);
    await store.updateAttempt(first.rolloutId, 'latest', { status: 'failed' });
    const c = await store.enqueueRollout({ input: 'c' });
    const reopened = await subject.reopen();
    if (reopened === undefined) return;
    const claims = await reopened.dequeueManyRollouts({ limit: 9 });
    expect(rolloutIds(claims)).toEqual([b?.rolloutId, a?.rolloutId, first.rolloutId, c.rolloutId]);
    expect(claims.map(({ attempt }) => attempt.sequenceId)).toEqual([1, 1, 2, 1]);
  });

  // 111
  it('numbers, the latest snapshot and versions go on where they were', async () => {
    const { store } = subject;
    await store.updateResources('mine', resources);
    const latest = await store.addResources(resources);
    const claimed = await subject.claimed();
    await store.addSpan(spanOf(claimed, { sequenceId: 40 }));
    const reopened = await subject.reopen();
    if (reopened === undefined) return;
    expect(await reopened.getLatestResources()).toEqual(latest);
    expect((await reopened.enqueueRollout({ input: 1 })).resourcesId).toBe(latest.resourcesId);
    const other = { prompt: new PromptTemplate({ template: 'Ho', engine: 'f-string' }) };
    expect((await reopened.updateResources('mine', other)).version).toBe(2);
    expect(await reopened.getNextSpanSequenceId(claimed.rolloutId, 'at')).toBe(41);
    expect((await reopened.addSpan(spanOf(claimed)))?.sequenceId).toBe(42);
    expect((await reopened.startAttempt(claimed.rolloutId)).attempt.sequenceId).toBe(2);
  });

  it('what is sent again is known', async () => {
    const { store } = subject;
    const request = { input: { a: 1 }, rolloutId: 'chosen', priority: 2 };
    await store.enqueueRollout(request);
    const claim = { claimId: 'c-1', workerId: 'w-1' };
    const claimed = await store.dequeueRollout(claim);
    if (claimed === undefined) throw new Error('The queue is empty');
    const span = spanOf(claimed);
    await store.addSpan(span);
    const done = await store.updateAttempt('chosen', 'latest', { status: 'succeeded' });
    const reopened = await subject.reopen();
    if (reopened === undefined) return;
    expect(await reopened.enqueueRollout(request)).toMatchObject({ rolloutId: 'chosen', status: 'succeeded' });
    await expect(reopened.enqueueRollout({ ...request, input: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await reopened.dequeueRollout(claim)).toMatchObject({ attempt: { attemptId: claimed.attempt.attemptId } });
    await expect(reopened.dequeueRollout({ ...claim, workerId: 'w-2' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await reopened.addSpan(span)).toBeUndefined();
    expect(await reopened.updateAttempt('chosen', 'latest', { status: 'succeeded' })).toEqual(done);
    expect(spanIds(await reopened.querySpans({ rolloutId: 'chosen' }))).toEqual([span.spanId]);
  });

  itTravelsInTime('deadlines are enforced, also those that passed meanwhile', async () => {
    const { store, clock } = subject;
    const config = { timeoutSeconds: 10, maxAttempts: 2, retryCondition: ['timeout' as const] };
    const early = await subject.claimed({ config });
    const late = await subject.claimed({ config: { ...config, timeoutSeconds: 100 } });
    await store.updateAttempt(early.rolloutId, 'latest', { status: 'running' });
    const reopened = await subject.reopen();
    if (reopened === undefined) return;
    clock.advance(60);
    expect(await subject.statusOf(early.rolloutId)).toBe('requeuing');
    expect(await subject.statusOf(late.rolloutId)).toBe('preparing');
    clock.advance(60);
    expect(await subject.statusOf(late.rolloutId)).toBe('requeuing');
  });
}
