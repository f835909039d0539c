import { expect, it } from 'vitest';
import type { RolloutChange } from '../../store/lightning-store.ts';
import type { RolloutQuery } from '../../store/store-query.ts';
import { rolloutIds, type StoreUnderTest } from './store-under-test.ts';

/** Reading and changing rollouts. */
export function describeRollouts(subject: StoreUnderTest): void {
  async function three(): Promise<[string, string, string]> {
    const { store } = subject;
    await store.enqueueRollout({ input: 0, rolloutId: 'ro-b1' });
    await store.enqueueRollout({ input: 1, rolloutId: 'ro-a2' });
    await store.enqueueRollout({ input: 2, rolloutId: 'ro-a3' });
    await store.updateRollout('ro-a2', { status: 'succeeded' });
    await store.updateRollout('ro-a3', { status: 'failed' });
    return ['ro-b1', 'ro-a2', 'ro-a3'];
  }

  // 28
  it('queryRollouts() finds by status; an empty list matches nothing', async () => {
    const { store } = subject;
    const ids = await three();
    expect(rolloutIds(await store.queryRollouts({ statusIn: ['succeeded'] }))).toEqual(['ro-a2']);
    expect(rolloutIds(await store.queryRollouts({ statusIn: ['failed', 'queuing'] }))).toEqual(['ro-b1', 'ro-a3']);
    expect(rolloutIds(await store.queryRollouts({ statusIn: [] }))).toEqual([]);
    expect(rolloutIds(await store.queryRollouts())).toEqual(ids);
  });

  // 29
  it('queryRollouts() brings the latest attempt of each rollout that has one', async () => {
    const { store } = subject;
    const first = await subject.claimed();
    const second = await store.startAttempt(first.rolloutId);
    const bare = await store.enqueueRollout({ input: 1 });
    const page = await store.queryRollouts();
    expect(page.items).toEqual([second, bare]);
    expect(page.at(1)).not.toHaveProperty('attempt');
  });

  // 30
  it('queryRollouts() sorts, then skips, then limits', async () => {
    await three();
    const page = await subject.store.queryRollouts({ sortBy: 'rolloutId', sortOrder: 'desc', offset: 1, limit: 1 });
    expect(rolloutIds(page)).toEqual(['ro-a3']);
    expect([page.limit, page.offset, page.total]).toEqual([1, 1, 3]);
  });

  // 31, 33, 34
  it('queryRollouts() combines filters with and, or with or', async () => {
    const { store } = subject;
    await three();
    const filters = { rolloutIdContains: 'ro-a', statusIn: ['succeeded', 'queuing'] } as const;
    expect(rolloutIds(await store.queryRollouts(filters))).toEqual(['ro-a2']);
    expect((await store.queryRollouts({ ...filters, filterLogic: 'or' })).total).toBe(3);
    expect(rolloutIds(await store.queryRollouts({ filterLogic: 'or' }))).toHaveLength(3);
    const byId = { rolloutIdIn: ['ro-a3', 'ro-none', 'ro-b1', 'ro-a3'] };
    expect(rolloutIds(await store.queryRollouts(byId))).toEqual(['ro-b1', 'ro-a3']);
    expect(rolloutIds(await store.queryRollouts({ ...byId, statusIn: ['failed'] }))).toEqual(['ro-a3']);
    expect(rolloutIds(await store.queryRollouts({ ...byId, statusIn: ['succeeded'], filterLogic: 'or' }))).toEqual([
      'ro-b1',
      'ro-a2',
      'ro-a3',
    ]);
    const page = await store.queryRollouts({ ...byId, sortBy: 'rolloutId', offset: 1, limit: 5 });
    expect(rolloutIds(page)).toEqual(['ro-b1']);
    expect([page.limit, page.offset, page.total]).toEqual([5, 1, 2]);
  });

  it('queryRollouts() finds by mode, resources, metadata and error, and sorts by attempts and duration', async () => {
    const { store, clock } = subject;
    await store.enqueueRollout({
      input: 0,
      rolloutId: 'ro-a',
      mode: 'train',
      resourcesId: 'rs-1',
      metadata: { evaluation: 'round-1/x=y', nested: { evaluation: 'round-2' } },
    });
    await store.enqueueRollout({ input: 0, rolloutId: 'ro-b', mode: 'val', metadata: { evaluation: 'round-2', n: 1 } });
    await store.enqueueRollout({ input: 0, rolloutId: 'ro-c' });
    await store.startAttempt('ro-a');
    await store.startAttempt('ro-a');
    clock.advance(5);
    await store.updateAttempt('ro-a', 'latest', { status: 'failed', metadata: { error: 'Error: no room' } });
    await store.startAttempt('ro-b');
    clock.advance(3);
    await store.updateAttempt('ro-b', 'latest', {
      status: 'failed',
      metadata: { reason: 'runner lost', cause: { x: 'no' } },
    });
    const found = async (query: RolloutQuery) => rolloutIds(await store.queryRollouts(query));
    expect(await found({ modeIn: ['train', 'test'] })).toEqual(['ro-a']);
    expect(await found({ modeIn: [] })).toEqual([]);
    expect(await found({ resourcesIdIn: ['rs-1', 'rs-2'] })).toEqual(['ro-a']);
    expect(await found({ metadataIn: ['evaluation=round-1/x=y'] })).toEqual(['ro-a']);
    expect(await found({ metadataIn: ['evaluation=round-2', 'n=1'] })).toEqual(['ro-b']);
    expect(await found({ metadataIn: ['n=1'] })).toEqual([]);
    expect(await found({ errorContains: 'no' })).toEqual(['ro-a']);
    expect(await found({ errorContains: 'lost', modeIn: ['val'] })).toEqual(['ro-b']);
    expect(await found({ errorContains: 'lost', modeIn: ['train'], filterLogic: 'or' })).toEqual(['ro-a', 'ro-b']);
    expect(await found({ sortBy: 'attempts', sortOrder: 'desc' })).toEqual(['ro-a', 'ro-b', 'ro-c']);
    expect(await found({ sortBy: 'duration' })).toEqual(['ro-b', 'ro-a', 'ro-c']);
    expect(await found({ sortBy: 'duration', sortOrder: 'desc', statusIn: ['failed'] })).toEqual(['ro-a', 'ro-b']);
  });

  it('contains is a substring, case-sensitive, without wildcards', async () => {
    const { store } = subject;
    for (const rolloutId of ['x_y', 'xay', 'X_Y']) await store.enqueueRollout({ input: 0, rolloutId });
    expect(rolloutIds(await store.queryRollouts({ rolloutIdContains: 'x_' }))).toEqual(['x_y']);
    expect(rolloutIds(await store.queryRollouts({ rolloutIdContains: '%' }))).toEqual([]);
  });

  it('sorting is stable in both directions', async () => {
    const { store } = subject;
    const ids = await store.enqueueManyRollouts([{ input: 0 }, { input: 1, priority: 1 }, { input: 2 }]);
    const [a, b, c] = rolloutIds(ids);
    expect(rolloutIds(await store.queryRollouts({ sortBy: 'priority' }))).toEqual([a, c, b]);
    expect(rolloutIds(await store.queryRollouts({ sortBy: 'priority', sortOrder: 'desc' }))).toEqual([b, a, c]);
  });

  // 43
  it('null sorts as the empty string in text and as never in times', async () => {
    const { store } = subject;
    await store.enqueueRollout({ input: 0, mode: 'val', rolloutId: 'val' });
    await store.enqueueRollout({ input: 0, rolloutId: 'null' });
    await store.enqueueRollout({ input: 0, mode: 'test', rolloutId: 'test' });
    await store.updateRollout('test', { status: 'succeeded' });
    const sorted = async (sortBy: 'mode' | 'endTime', sortOrder: 'asc' | 'desc') =>
      rolloutIds(await store.queryRollouts({ sortBy, sortOrder }));
    expect(await sorted('mode', 'asc')).toEqual(['null', 'test', 'val']);
    expect(await sorted('mode', 'desc')).toEqual(['val', 'test', 'null']);
    expect(await sorted('endTime', 'asc')).toEqual(['test', 'val', 'null']);
    expect(await sorted('endTime', 'desc')).toEqual(['val', 'null', 'test']);
  });

  // 44
  it('a query that makes no sense is refused', async () => {
    const { store } = subject;
    await store.enqueueManyRollouts([{ input: {} }, { input: {} }]);
    const refused = { code: 'INVALID_ARGUMENT' };
    await expect(store.queryRollouts({ sortBy: 'attempt' as never })).rejects.toMatchObject(refused);
    await expect(store.queryRollouts({ sortBy: 'config' })).rejects.toMatchObject(refused);
    await expect(store.queryRollouts({ limit: -2 })).rejects.toMatchObject(refused);
    await expect(store.queryRollouts({ offset: -1 })).rejects.toMatchObject(refused);
  });

  // 35
  it('getRolloutById() answers undefined, a bare rollout, or one with its latest attempt', async () => {
    const { store } = subject;
    expect(await store.getRolloutById('ro-none')).toBeUndefined();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect(await store.getRolloutById(rolloutId)).not.toHaveProperty('attempt');
    const claimed = await store.dequeueRollout();
    expect(await store.getRolloutById(rolloutId)).toEqual(claimed);
  });

  // 36
  it('updateRollout() changes several fields together and leaves the others alone', async () => {
    const { store } = subject;
    const before = await store.enqueueRollout({ input: { a: 1 }, mode: 'train', metadata: { old: true } });
    const changes = {
      status: 'running',
      mode: 'val',
      resourcesId: 'rs-1',
      config: { maxAttempts: 2, retryCondition: ['failed' as const] },
      metadata: { new: true },
    } as const;
    const after = await store.updateRollout(before.rolloutId, {
      ...changes,
      config: { ...changes.config, retryCondition: ['failed'] },
    });
    expect(after).toMatchObject({ ...before, ...changes });
    expect(after.metadata).toEqual({ new: true });
    expect(after.config.timeoutSeconds).toBeNull();
    expect(await store.updateRollout(before.rolloutId, {})).toEqual(after);
    // 46
    const cleared = { input: null, mode: null, resourcesId: null, metadata: null };
    expect(await store.updateRollout(before.rolloutId, cleared)).toMatchObject(cleared);
  });

  // 45
  it('updateRollout() refuses null where nothing can be null, and unknown values', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    for (const patch of [{ status: null }, { config: null }, { status: 'done' }, { mode: 'x' }, { metadata: 3 }]) {
      await expect(store.updateRollout(rolloutId, patch as never), JSON.stringify(patch)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    expect(await subject.statusOf(rolloutId)).toBe('queuing');
  });

  // 37
  it('each rollout has a config of its own', async () => {
    const { store } = subject;
    const [a, b] = await store.enqueueManyRollouts([{ input: 0, config: { maxAttempts: 2 } }, { input: 1 }]);
    await store.updateRollout(a?.rolloutId ?? '', { config: { maxAttempts: 5 } });
    expect((await store.getRolloutById(a?.rolloutId ?? ''))?.config.maxAttempts).toBe(5);
    expect((await store.getRolloutById(b?.rolloutId ?? ''))?.config.maxAttempts).toBe(1);
  });

  // 38
  it('a terminal status written by an operator ends the rollout; its start stays', async () => {
    const { store } = subject;
    const { rolloutId, startTime } = await store.enqueueRollout({ input: 1 });
    await subject.tick();
    const done = await store.updateRollout(rolloutId, { status: 'succeeded' });
    expect(done.startTime).toBe(startTime);
    expect(done.endTime).toBeGreaterThan(startTime);
  });

  it('a terminal status that is written again changes nothing', async () => {
    const { store } = subject;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const done = await store.updateRollout(rolloutId, { status: 'cancelled' });
    await subject.tick();
    expect(await store.updateRollout(rolloutId, { status: 'cancelled' })).toEqual(done);
  });

  // 39
  it('updating an unknown rollout is NOT_FOUND', async () => {
    await expect(subject.store.updateRollout('ro-none', { mode: 'val' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a cancelled rollout stays cancelled whatever its attempt says', async () => {
    const { store } = subject;
    for (const status of ['running', 'succeeded', 'failed'] as const) {
      const claimed = await subject.claimed({ config: { maxAttempts: 3, retryCondition: ['failed'] } });
      await store.updateRollout(claimed.rolloutId, { status: 'cancelled' });
      const report = await store.updateAttempt(claimed.rolloutId, claimed.attempt.attemptId, { status });
      expect(report.outcome).toBe('ignored-terminal');
      expect(await subject.statusOf(claimed.rolloutId)).toBe('cancelled');
    }
    expect(await store.dequeueRollout()).toBeUndefined();
  });

  it('an operator can reopen a rollout that has ended', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    await store.updateAttempt(claimed.rolloutId, 'latest', { status: 'failed' });
    await store.updateRollout(claimed.rolloutId, { status: 'queuing' });
    expect(await store.dequeueRollout()).toMatchObject({ rolloutId: claimed.rolloutId, attempt: { sequenceId: 2 } });
  });

  it('listeners hear of every change of status, in order', async () => {
    const { store } = subject;
    const changes: RolloutChange[] = [];
    const stop = store.onRolloutChange?.((change) => {
      changes.push(change);
      // A listener may use the store; what it causes comes afterwards.
      if (change.to === 'succeeded') void store.updateRollout(change.rolloutId, { status: 'cancelled' });
    });
    if (stop === undefined) return;
    const { rolloutId } = await subject.claimed();
    await store.updateAttempt(rolloutId, 'latest', { status: 'succeeded' });
    await subject.until(async () => (await subject.statusOf(rolloutId)) === 'cancelled');
    expect(changes).toEqual([
      { rolloutId, from: null, to: 'queuing' },
      { rolloutId, from: 'queuing', to: 'preparing' },
      { rolloutId, from: 'preparing', to: 'succeeded' },
      { rolloutId, from: 'succeeded', to: 'cancelled' },
    ]);
    stop();
    await store.enqueueRollout({ input: 1 });
    expect(changes).toHaveLength(4);
  });
}
