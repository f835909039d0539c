import { expect, it } from 'vitest';
import { PromptTemplate } from '../../resource/prompt-template.ts';
import type { RolloutConfigInput } from '../../rollout/rollout.ts';
import type { EnqueueRolloutRequest } from '../../store/lightning-store.ts';
import { rolloutIds, type StoreUnderTest } from './store-under-test.ts';

const config = {
  timeoutSeconds: 90,
  unresponsiveSeconds: 20,
  maxAttempts: 3,
  retryCondition: ['timeout', 'failed'],
} as const satisfies Readonly<RolloutConfigInput>;

const writableConfig = (): RolloutConfigInput => ({ ...config, retryCondition: [...config.retryCondition] });

/** Making work and claiming it. */
export function describeQueue(subject: StoreUnderTest): void {
  // 5, 6
  it('enqueueRollout() stores what was asked for, queuing, under an ro- id', async () => {
    const { store } = subject;
    const rollout = await store.enqueueRollout({
      input: { question: '6*7', camelKey: 1, snake_key: [null, true] },
      mode: 'train',
      resourcesId: 'rs-unknown',
      config: writableConfig(),
      metadata: { epoch: 2 },
      priority: 3,
    });
    expect(rollout).toEqual({
      rolloutId: expect.stringMatching(/^ro-[0-9a-f]{12}$/),
      input: { question: '6*7', camelKey: 1, snake_key: [null, true] },
      startTime: expect.any(Number),
      endTime: null,
      mode: 'train',
      resourcesId: 'rs-unknown',
      status: 'queuing',
      config,
      metadata: { epoch: 2 },
      priority: 3,
    });
    expect(await store.getRolloutById(rollout.rolloutId)).toEqual(rollout);
  });

  it('enqueueRollout() fills in defaults', async () => {
    const rollout = await subject.store.enqueueRollout({ input: null, mode: null, config: null, metadata: null });
    expect(rollout).toMatchObject({
      input: null,
      mode: null,
      resourcesId: null,
      config: { timeoutSeconds: null, unresponsiveSeconds: null, maxAttempts: 1, retryCondition: [] },
      metadata: {},
      priority: 0,
    });
  });

  // 7, 8
  it('startRollout() makes a preparing rollout with its first attempt, beside the queue', async () => {
    const { store } = subject;
    const started = await store.startRollout({ input: 'task', config: writableConfig(), workerId: 'w-1' });
    expect(started).toMatchObject({ status: 'preparing', config });
    expect(started.attempt).toEqual({
      rolloutId: started.rolloutId,
      attemptId: expect.stringMatching(/^at-[0-9a-f]{8,}$/),
      sequenceId: 1,
      startTime: started.startTime,
      endTime: null,
      status: 'preparing',
      workerId: 'w-1',
      lastHeartbeatTime: null,
      metadata: null,
    });
    expect([...(await store.queryRollouts({ statusIn: ['preparing'] }))]).toEqual([started]);
    expect([...(await store.queryAttempts(started.rolloutId))]).toEqual([started.attempt]);
    expect(await store.getLatestAttempt(started.rolloutId)).toEqual(started.attempt);
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  // 9
  it('a rollout takes the latest snapshot unless it names one', async () => {
    const { store } = subject;
    const template = new PromptTemplate({ template: 'Hi', engine: 'f-string' });
    expect((await store.enqueueRollout({ input: 1 })).resourcesId).toBeNull();
    const first = await store.addResources({ template });
    expect((await store.enqueueRollout({ input: 1 })).resourcesId).toBe(first.resourcesId);
    expect((await store.startRollout({ input: 1 })).resourcesId).toBe(first.resourcesId);
    expect((await store.enqueueRollout({ input: 1, resourcesId: 'rs-none' })).resourcesId).toBe('rs-none');
    const second = await store.addResources({ template });
    expect((await store.enqueueRollout({ input: 1 })).resourcesId).toBe(second.resourcesId);
  });

  // 10
  it('enqueueManyRollouts() keeps the order of the requests, in the answer and in the queue', async () => {
    const { store } = subject;
    const requests: EnqueueRolloutRequest[] = [
      { input: 0, mode: 'train', metadata: { a: 1 } },
      { input: 1, mode: 'val', config: writableConfig() },
      { input: 2, mode: 'test' },
    ];
    const rollouts = await store.enqueueManyRollouts(requests);
    expect(rollouts.map(({ input, mode }) => ({ input, mode }))).toEqual(
      requests.map(({ input, mode }) => ({ input, mode })),
    );
    expect(rollouts[0]?.metadata).toEqual({ a: 1 });
    expect(rollouts[1]?.config).toEqual(config);
    const claims = await store.dequeueManyRollouts({ limit: 3 });
    expect(rolloutIds(claims)).toEqual(rolloutIds(rollouts));
    expect(await store.enqueueManyRollouts([])).toEqual([]);
  });

  // 11
  it('concurrent enqueues give distinct rollouts and lose none', async () => {
    const { store } = subject;
    const rollouts = await Promise.all(Array.from({ length: 50 }, (_, input) => store.enqueueRollout({ input })));
    expect(new Set(rolloutIds(rollouts)).size).toBe(50);
    expect((await store.queryRollouts({ statusIn: ['queuing'] })).total).toBe(50);
  });

  it('an enqueue is all or nothing', async () => {
    const { store } = subject;
    const bad = { input: 1, config: { maxAttempts: 0 } };
    await expect(store.enqueueManyRollouts([{ input: 0 }, bad])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await store.enqueueRollout({ input: 0, rolloutId: 'chosen' });
    const conflicting = { input: 'other', rolloutId: 'chosen' };
    await expect(store.enqueueManyRollouts([{ input: 1 }, conflicting])).rejects.toMatchObject({ code: 'CONFLICT' });
    const twins = [
      { input: 1, rolloutId: 'twin' },
      { input: 2, rolloutId: 'twin' },
    ];
    await expect(store.enqueueManyRollouts(twins)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await store.queryRollouts()).total).toBe(1);
  });

  it('the same request under the same chosen id is one rollout', async () => {
    const { store } = subject;
    const request = { input: { a: 1, b: [2] }, rolloutId: 'run-1.round-2.row-3', metadata: { k: 'v' } };
    const first = await store.enqueueRollout(request);
    expect(first.rolloutId).toBe(request.rolloutId);
    const claimed = await store.dequeueRollout();
    const again = await store.enqueueManyRollouts([{ ...request, input: { b: [2], a: 1 } }, request]);
    expect(again.map(({ status }) => status)).toEqual(['preparing', 'preparing']);
    expect(await store.dequeueRollout()).toBeUndefined();
    expect((await store.queryRollouts()).total).toBe(1);
    expect(claimed?.rolloutId).toBe(request.rolloutId);
  });

  it('−0 is 0, also in a request that is sent again', async () => {
    const { store } = subject;
    const request = { input: { a: [-0] }, metadata: { b: -0 }, priority: -0, rolloutId: 'chosen' };
    const first = await store.enqueueRollout(request);
    expect(first).toMatchObject({ input: { a: [0] }, metadata: { b: 0 }, priority: 0 });
    expect(await store.enqueueRollout(request)).toEqual(first);
    expect(await store.enqueueRollout({ ...request, input: { a: [0] }, priority: 0 })).toEqual(first);
  });

  it('another request under a taken id is a conflict', async () => {
    const { store } = subject;
    const made = await store.enqueueRollout({ input: 1 });
    await store.enqueueRollout({ input: 1, rolloutId: 'chosen' });
    const started = await store.startRollout({ input: 1, rolloutId: 'started' });
    for (const [rolloutId, input] of [
      ['chosen', 2],
      [made.rolloutId, 2],
      ['started', 1],
    ] as const) {
      await expect(store.enqueueRollout({ input, rolloutId }), rolloutId).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    await expect(store.startRollout({ input: 1, rolloutId: 'chosen' })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await store.startRollout({ input: 1, rolloutId: 'started' })).toEqual(started);
  });

  it.each(['', 'a/b', 'a b', 'a?b', 'search', '..'])('the id %j cannot be chosen', async (rolloutId) => {
    await expect(subject.store.enqueueRollout({ input: 1, rolloutId })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('what is not JSON is refused, and the error names the place', async () => {
    const { store } = subject;
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const cases: [unknown, string][] = [
      [{ a: [0, Number.NaN] }, 'input.a[1]'],
      [Number.POSITIVE_INFINITY, 'input'],
      [{ when: new Date(0) }, 'input.when'],
      [{ f: () => 1 }, 'input.f'],
      [{ big: 1n }, 'input.big'],
      [circular, 'input.self'],
      [undefined, 'input'],
    ];
    for (const [input, path] of cases) {
      await expect(store.enqueueRollout({ input }), path).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(path),
      });
    }
    await expect(store.enqueueRollout({ input: 1, metadata: { x: Number.NaN } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect((await store.queryRollouts()).total).toBe(0);
  });

  it('a rollout keeps its own copy of what it was given and hands out copies', async () => {
    const { store } = subject;
    const input = { list: [1] };
    const metadata = { tags: ['a'] };
    const { rolloutId } = await store.enqueueRollout({ input, metadata });
    input.list.push(2);
    metadata.tags.push('b');
    const first = await store.getRolloutById(rolloutId);
    expect(first).toMatchObject({ input: { list: [1] }, metadata: { tags: ['a'] } });
    const handedOut = first?.input as { list: number[] };
    handedOut.list.push(3);
    first?.config.retryCondition.push('failed');
    expect(await store.getRolloutById(rolloutId)).toMatchObject({
      input: { list: [1] },
      config: { retryCondition: [] },
    });
  });

  // 17
  it('dequeueRollout() is first in, first out, and what it gives is preparing', async () => {
    const { store } = subject;
    const rollouts = await store.enqueueManyRollouts([{ input: 0 }, { input: 1 }, { input: 2 }]);
    for (const { rolloutId } of rollouts) {
      expect(await store.dequeueRollout()).toMatchObject({
        rolloutId,
        status: 'preparing',
        attempt: { sequenceId: 1 },
      });
    }
  });

  it('a higher priority is claimed first, equal ones in the order of the queue', async () => {
    const { store } = subject;
    const priorities = [0, 2, -1, 2, 0, 5];
    await store.enqueueManyRollouts(priorities.map((priority, input) => ({ input, priority })));
    const claims = await store.dequeueManyRollouts({ limit: 10 });
    expect(claims.map(({ input }) => input)).toEqual([5, 1, 3, 0, 4, 2]);
  });

  it('a rollout that is queued again goes to the tail of its priority', async () => {
    const { store } = subject;
    const claimed = await subject.claimed({ input: 'again', priority: 1 });
    await store.enqueueManyRollouts([
      { input: 'low', priority: 0 },
      { input: 'same', priority: 1 },
    ]);
    await store.updateRollout(claimed.rolloutId, { status: 'requeuing' });
    const claims = await store.dequeueManyRollouts({ limit: 3 });
    expect(claims.map(({ input }) => input)).toEqual(['same', 'again', 'low']);
  });

  it('a queued rollout that is written as queued again keeps its place', async () => {
    const { store } = subject;
    const [first] = await store.enqueueManyRollouts([{ input: 'first' }, { input: 'second' }]);
    await store.updateRollout(first?.rolloutId ?? '', { status: 'requeuing' });
    expect((await store.dequeueManyRollouts({ limit: 3 })).map(({ input }) => input)).toEqual(['first', 'second']);
  });

  // 18
  it('dequeueRollout() answers undefined again and again when the queue is empty', async () => {
    for (let time = 0; time < 3; time++) expect(await subject.store.dequeueRollout()).toBeUndefined();
  });

  // 19
  it('rollouts that were moved out of the queue are not claimed and keep their status', async () => {
    const { store } = subject;
    const statuses = ['running', 'succeeded', 'cancelled'] as const;
    const rollouts = await store.enqueueManyRollouts([{ input: 0 }, { input: 1 }, { input: 2 }, { input: 'left' }]);
    for (const [index, status] of statuses.entries()) {
      await store.updateRollout(rollouts[index]?.rolloutId ?? '', { status });
    }
    expect((await store.dequeueManyRollouts({ limit: 4 })).map(({ input }) => input)).toEqual(['left']);
    for (const [index, status] of statuses.entries()) {
      expect(await subject.statusOf(rollouts[index]?.rolloutId ?? '')).toBe(status);
    }
  });

  // 20
  it('a rollout that is queued again can be claimed for a second attempt', async () => {
    const { store } = subject;
    const first = await subject.claimed();
    await store.updateRollout(first.rolloutId, { status: 'requeuing' });
    const second = await store.dequeueRollout();
    expect(second).toMatchObject({
      rolloutId: first.rolloutId,
      status: 'preparing',
      attempt: { sequenceId: 2, status: 'preparing' },
    });
    expect(second?.attempt.attemptId).not.toBe(first.attempt.attemptId);
  });

  // 21, 24
  it('dequeueManyRollouts() honours limit and worker, and returns fewer when the queue runs dry', async () => {
    const { store } = subject;
    const rollouts = await store.enqueueManyRollouts([0, 1, 2, 3, 4].map((input) => ({ input })));
    expect(await store.dequeueManyRollouts({ limit: 0, workerId: 'nobody' })).toEqual([]);
    expect(await store.getWorkerById('nobody')).toBeUndefined();
    const first = await store.dequeueManyRollouts({ limit: 3, workerId: 'w-1' });
    expect(rolloutIds(first)).toEqual(rolloutIds(rollouts.slice(0, 3)));
    expect(first.map(({ attempt }) => attempt.workerId)).toEqual(['w-1', 'w-1', 'w-1']);
    expect(await store.dequeueManyRollouts({ limit: 3 })).toHaveLength(2);
    expect(await store.dequeueManyRollouts({ limit: 3 })).toEqual([]);
  });

  it.each([Number.NaN, 1.5])('a limit of %d is refused', async (limit) => {
    const { store } = subject;
    await store.enqueueRollout({ input: 1 });
    await expect(store.dequeueManyRollouts({ limit })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await store.dequeueRollout()).toBeDefined();
  });

  // 22
  it('concurrent claims share nothing', async () => {
    const { store } = subject;
    await store.enqueueManyRollouts(Array.from({ length: 20 }, (_, input) => ({ input })));
    const claims = await Promise.all(Array.from({ length: 30 }, () => store.dequeueRollout()));
    const claimed = claims.filter((claim) => claim !== undefined);
    expect(claimed).toHaveLength(20);
    expect(new Set(rolloutIds(claimed)).size).toBe(20);
  });

  // 15, 27
  it('concurrent batches lose nothing, and concurrent claims of several share nothing and drain the queue', async () => {
    const { store } = subject;
    const batches = await Promise.all(
      Array.from({ length: 5 }, () => store.enqueueManyRollouts([{ input: 0 }, { input: 1 }, { input: 2 }])),
    );
    expect(new Set(rolloutIds(batches.flat())).size).toBe(15);
    for (const batch of batches) expect(batch.map(({ input }) => input)).toEqual([0, 1, 2]);
    const claims = await Promise.all(Array.from({ length: 5 }, () => store.dequeueManyRollouts({ limit: 3 })));
    expect(rolloutIds(claims.flat()).sort()).toEqual(rolloutIds(batches.flat()).sort());
    expect(await store.dequeueManyRollouts({ limit: 3 })).toEqual([]);
  });

  it('a claim that waits is answered as soon as there is work', async () => {
    const { store } = subject;
    const claim = store.dequeueRollout({ workerId: 'w-1', waitMs: 60_000 });
    await subject.until(async () => (await store.getWorkerById('w-1')) !== undefined);
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect((await claim)?.rolloutId).toBe(rolloutId);
    expect(await store.getWorkerById('w-1')).toMatchObject({ status: 'busy', currentRolloutId: rolloutId });
  });

  it('a claim that waits is answered with a rollout that is queued again', async () => {
    const { store } = subject;
    const first = await subject.claimed({ config: { maxAttempts: 2, retryCondition: ['failed'] } });
    const claim = store.dequeueRollout({ workerId: 'w-1', waitMs: 60_000 });
    await subject.until(async () => (await store.getWorkerById('w-1')) !== undefined);
    await store.updateAttempt(first.rolloutId, 'latest', { status: 'failed' });
    expect(await claim).toMatchObject({ rolloutId: first.rolloutId, attempt: { sequenceId: 2 } });
  });

  it('claims that wait share a batch one by one, up to the limit of each', async () => {
    const { store } = subject;
    const workers = ['w-1', 'w-2', 'w-3'];
    const claims: Promise<unknown[]>[] = [];
    for (const [index, workerId] of workers.entries()) {
      claims.push(store.dequeueManyRollouts({ workerId, limit: index === 0 ? 1 : 5, waitMs: 60_000 }));
      await subject.until(async () => (await store.getWorkerById(workerId)) !== undefined);
    }
    await store.enqueueManyRollouts([0, 1, 2, 3, 4, 5].map((input) => ({ input })));
    const inputs = (await Promise.all(claims)).map((list) => list.map((claim) => (claim as { input: number }).input));
    expect(inputs).toEqual([[0], [1, 3, 5], [2, 4]]);
  });

  it('a claim that waited in vain is empty', async () => {
    const { store } = subject;
    expect(await subject.whileTimePasses(store.dequeueRollout({ waitMs: 50 }))).toBeUndefined();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect((await store.dequeueRollout())?.rolloutId).toBe(rolloutId);
  });

  it('a claim that was given up takes no work with it', async () => {
    const { store } = subject;
    const controller = new AbortController();
    const claim = store.dequeueManyRollouts({
      workerId: 'w-1',
      limit: 2,
      waitMs: 60_000,
      signal: controller.signal,
    });
    await subject.until(async () => (await store.getWorkerById('w-1')) !== undefined);
    controller.abort();
    expect(await claim).toEqual([]);
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect(await store.dequeueManyRollouts({ signal: controller.signal })).toEqual([]);
    await subject.until(async () => (await store.dequeueRollout())?.rolloutId === rolloutId);
  });
}
