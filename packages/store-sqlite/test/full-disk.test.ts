import { DatabaseSync } from 'node:sqlite';
import type { RolloutChange } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type DatabaseFile, openAsOwner } from '../src/database-file.ts';
import { engineOn } from '../src/open-engine.ts';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import { resolveOptions } from '../src/sqlite-store-options.ts';
import { spanOf } from './spans.ts';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();
let opened: SqliteLightningStore | undefined;
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** A store on a disk that can be full: SQLite takes no more pages, as it would when the system has none. */
class SmallDisk {
  readonly clock = new VirtualClock();
  readonly file: DatabaseFile;
  readonly store: SqliteLightningStore;

  constructor() {
    const options = resolveOptions({ path: files.path(), clock: this.clock });
    this.file = openAsOwner(options.path, options);
    this.store = SqliteLightningStore.over(engineOn(this.file, options));
    opened = this.store;
  }

  /** Uses up what is free within the pages that the file has. */
  async fill(): Promise<void> {
    const pages = Number(this.file.db.prepare('PRAGMA page_count').get()?.['page_count']);
    this.file.db.exec(`PRAGMA max_page_count = ${pages + 8}`);
    for (;;) {
      try {
        await this.store.enqueueRollout({ input: 'x'.repeat(3_000) });
      } catch (error) {
        expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'disk-full' } });
        return;
      }
    }
  }

  makeRoom(): void {
    this.file.db.exec('PRAGMA max_page_count = 1000000');
  }
}

describe('a full disk', () => {
  it('stops writes and not reads, and nothing half done is left', async () => {
    const disk = new SmallDisk();
    const { store } = disk;
    const claimed = await store.startRollout({ input: 1 });
    await disk.fill();
    const before = await store.statistics();
    const spans = Array.from({ length: 100 }, () => spanOf(claimed, { attributes: { text: 'x'.repeat(2_000) } }));
    await expect(store.addManySpans(spans)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await store.statistics()).toMatchObject({
      totalRollouts: before.totalRollouts,
      totalSpans: 0,
    });
    expect((await store.querySpans({ rolloutId: claimed.rolloutId })).total).toBe(0);
    expect(await store.getRolloutById(claimed.rolloutId)).toMatchObject({ status: 'preparing' });

    disk.makeRoom();
    expect(await store.addManySpans(spans)).toHaveLength(100);
    const { totalRollouts, totalSpans } = await store.statistics();
    await store.close();
    const db = new DatabaseSync(files.path());
    const count = (table: string) => db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n'];
    expect([count('rollouts'), count('spans')]).toEqual([totalRollouts, totalSpans]);
    db.close();
  });

  it('lets nobody see what was not written: not listeners, nor waits, nor claims that are parked', async () => {
    const disk = new SmallDisk();
    const { store } = disk;
    const last = await store.startRollout({ input: 1 });
    const changes: RolloutChange[] = [];
    store.onRolloutChange((change) => void changes.push(change));
    let claims: number | undefined;
    const parked = store.dequeueManyRollouts({ waitMs: 60_000, limit: 5 }).then((got) => {
      claims = got.length;
      return got;
    });
    const wait = store.waitForRollouts({ rolloutIds: [last.rolloutId] });
    await store.statistics();

    const pages = Number(disk.file.db.prepare('PRAGMA page_count').get()?.['page_count']);
    disk.file.db.exec(`PRAGMA max_page_count = ${pages}`);
    const large = 'x'.repeat(400_000);
    const results = await Promise.allSettled([
      store.updateAttempt(last.rolloutId, 'latest', { status: 'succeeded' }),
      store.enqueueRollout({ input: large }),
    ]);
    // Both were in one transaction.
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(changes).toEqual([]);
    expect(claims).toBeUndefined();
    expect(await store.getRolloutById(last.rolloutId)).toMatchObject({ status: 'preparing' });

    disk.makeRoom();
    const { rolloutId } = await store.enqueueRollout({ input: large });
    expect(await parked).toMatchObject([{ rolloutId, status: 'preparing' }]);
    expect(changes.map(({ to }) => to)).toEqual(['queuing', 'preparing']);
    await store.updateAttempt(last.rolloutId, 'latest', { status: 'succeeded' });
    expect(await wait).toMatchObject([{ rolloutId: last.rolloutId }]);
  });

  it('does not make deadlines forgotten', async () => {
    const disk = new SmallDisk();
    const { store, clock, file } = disk;
    const { rolloutId } = await store.startRollout({ input: 1, config: { timeoutSeconds: 10 } });
    file.db.exec('PRAGMA query_only = ON');
    clock.advance(10.5);
    expect(await store.getRolloutById(rolloutId)).toMatchObject({ status: 'preparing' });
    await expect(store.enqueueRollout({ input: 1 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { reason: 'read-only' },
    });
    file.db.exec('PRAGMA query_only = OFF');
    clock.advance(1.5);
    expect(await store.getRolloutById(rolloutId)).toMatchObject({ status: 'failed', attempt: { status: 'timeout' } });
  });
});
