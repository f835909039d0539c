import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PromptTemplate } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import type { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import { spanOf } from './spans.ts';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();

/** A rollout that has ended, with a span. */
async function ended(store: SqliteLightningStore, rolloutId?: string): Promise<string> {
  const started = await store.startRollout({ input: 1, ...(rolloutId === undefined ? {} : { rolloutId }) });
  await store.addSpan(spanOf(started));
  await store.updateAttempt(started.rolloutId, 'latest', { status: 'succeeded' });
  return started.rolloutId;
}

describe('backup()', () => {
  it('copies the store while work goes on; the copy is a store of its own', async () => {
    const store = await files.open();
    await store.enqueueManyRollouts(Array.from({ length: 500 }, () => ({ input: 'x'.repeat(2_000) })));
    const path = files.path('backups/copy.db');
    let isDone = false;
    const copying = store.backup(path).finally(() => {
      isDone = true;
    });
    let written = 0;
    while (!isDone) {
      await ended(store);
      written += 1;
    }
    await copying;
    expect(written).toBeGreaterThan(0);
    expect(readdirSync(dirname(path))).toEqual(['copy.db']);

    const copy = await files.open({ path });
    const rollouts = await copy.queryRollouts();
    expect(rollouts.total).toBe(rollouts.length);
    expect(rollouts.total).toBeGreaterThanOrEqual(500);
    expect(rollouts.total).toBeLessThanOrEqual(500 + written);
    expect(await copy.dequeueRollout()).toMatchObject({ input: 'x'.repeat(2_000) });
    await expect(store.backup(path)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is finished before the store is closed', async () => {
    const store = await files.open();
    await store.enqueueManyRollouts(Array.from({ length: 500 }, () => ({ input: 'x'.repeat(2_000) })));
    const copying = store.backup(files.path('copy.db'));
    await store.close();
    await copying;
    const copy = await files.open({ path: files.path('copy.db'), readOnly: true });
    expect((await copy.queryRollouts()).total).toBe(500);
  });
});

describe('retention', () => {
  it('keeps so many of the rollouts that have ended, and tells that the others are evicted', async () => {
    const clock = new VirtualClock();
    const store = await files.open({ clock, retention: { keepEndedRollouts: 3 } });
    const open = await store.enqueueRollout({ input: 'waits' });
    const ids: string[] = [];
    for (let index = 0; index < 6; index++) {
      ids.push(await ended(store, `r-${index}`));
      clock.advance(1);
    }
    await store.updateWorker('w');
    expect(Array.from(await store.queryRollouts(), ({ rolloutId }) => rolloutId)).toEqual([
      open.rolloutId,
      ...ids.slice(3),
    ]);
    expect(await store.statistics()).toMatchObject({
      totalRollouts: 4,
      totalAttempts: 3,
      totalSpans: 3,
      totalEvictedRollouts: 3,
    });

    expect(await store.getRolloutById('r-0')).toBeUndefined();
    expect(await store.querySpans({ rolloutId: 'r-0' })).toMatchObject({ items: [], total: 0, evicted: true });
    expect(await store.querySpans({ rolloutId: 'r-5' })).toMatchObject({ total: 1, evicted: false });
    expect(await store.querySpans({ rolloutId: 'never-there' })).toMatchObject({ total: 0, evicted: false });
    expect(await store.waitForRollouts({ rolloutIds: ['r-0', 'r-5'] })).toMatchObject([{ rolloutId: 'r-5' }]);
    // What was paid for is not done again under the same id.
    await expect(store.enqueueRollout({ input: 1, rolloutId: 'r-0' })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { evicted: true },
    });
    await expect(store.updateAttempt('r-0', 'latest', {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { evicted: true },
    });
  });

  it('keeps those that ended within so many days', async () => {
    const clock = new VirtualClock();
    const store = await files.open({ clock, retention: { keepEndedDays: 2 } });
    await ended(store, 'old');
    clock.advance(86_400);
    await ended(store, 'young');
    clock.advance(86_401);
    await store.updateWorker('w');
    expect(Array.from(await store.queryRollouts(), ({ rolloutId }) => rolloutId)).toEqual(['young']);
  });

  it('leaves what has ended to those who wait for it', async () => {
    const store = await files.open({ clock: new VirtualClock(), retention: { keepEndedRollouts: 1 } });
    const started = await Promise.all([1, 2, 3].map((input) => store.startRollout({ input })));
    const rolloutIds = started.map(({ rolloutId }) => rolloutId);
    const wait = store.waitForRollouts({ rolloutIds });
    await Promise.all(rolloutIds.map((id) => store.updateAttempt(id, 'latest', { status: 'succeeded' })));
    expect(await wait).toHaveLength(3);
  });

  it('takes a long backlog out in short transactions, and leaves nothing of it in any table', async () => {
    const clock = new VirtualClock();
    const store = await files.open({ clock });
    for (let index = 0; index < 120; index++) await ended(store);
    await store.close();
    clock.advance(10);
    const again = await files.open({ clock, retention: { keepEndedRollouts: 5 } });
    await again.updateWorker('w');
    while ((await again.statistics()).totalRollouts > 5) await new Promise((resolve) => setImmediate(resolve));
    await again.close();
    const db = new DatabaseSync(files.path());
    const count = (table: string) => db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n'];
    const tables = ['rollouts', 'rollout_bodies', 'attempts', 'spans', 'evicted_rollouts'];
    expect(tables.map((table) => count(table))).toEqual([5, 5, 5, 5, 115]);
    db.close();
  });
});

describe('maxBytes', () => {
  it('refuses what is new when the content is too large; what is in work is finished, and everything is read', async () => {
    const store = await files.open({ maxBytes: 300_000 });
    const prompt = { p: new PromptTemplate({ template: 'x'.repeat(1_000), engine: 'f-string' }) };
    const claimed = await store.startRollout({ input: 1 });
    await store.enqueueRollout({ input: 2, rolloutId: 'known' });
    const refusal = { code: 'UNAVAILABLE', details: { reason: 'size-limit', maxBytes: 300_000 } };
    const fill = async (): Promise<never> => {
      for (;;) await store.addSpan(spanOf(claimed, { attributes: { text: 'x'.repeat(2_000) } }));
    };
    await expect(fill()).rejects.toMatchObject(refusal);
    await expect(store.enqueueRollout({ input: 3 })).rejects.toMatchObject(refusal);
    await expect(store.startRollout({ input: 3 })).rejects.toMatchObject(refusal);
    await expect(store.addResources(prompt)).rejects.toMatchObject(refusal);

    expect(await store.enqueueRollout({ input: 2, rolloutId: 'known' })).toMatchObject({ rolloutId: 'known' });
    expect((await store.querySpans({ rolloutId: claimed.rolloutId })).total).toBeGreaterThan(30);
    expect(await store.dequeueRollout()).toMatchObject({ rolloutId: 'known' });
    const report = await store.updateAttempt(claimed.rolloutId, 'latest', { status: 'succeeded' });
    expect(report.outcome).toBe('applied');
  });

  it('takes new things again when retention has made room', async () => {
    const clock = new VirtualClock();
    const store = await files.open({ clock, maxBytes: 300_000, retention: { keepEndedRollouts: 1 } });
    const large = await store.startRollout({ input: 1 });
    const small = await store.startRollout({ input: 2 });
    const fill = async (): Promise<never> => {
      for (;;) await store.addSpan(spanOf(large, { attributes: { text: 'x'.repeat(2_000) } }));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await store.updateAttempt(large.rolloutId, 'latest', { status: 'succeeded' });
    clock.advance(1);
    await expect(store.enqueueRollout({ input: 3 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await store.updateAttempt(small.rolloutId, 'latest', { status: 'succeeded' });
    clock.advance(1);
    await store.updateWorker('w');
    expect(await store.querySpans({ rolloutId: large.rolloutId })).toMatchObject({ evicted: true });
    expect(await store.enqueueRollout({ input: 3 })).toMatchObject({ status: 'queuing' });
  });
});
