import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { Logger } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { backUp } from '../src/backup.ts';
import { closeFile, openAsOwner } from '../src/database-file.ts';
import { SqliteLightningStore } from '../src/sqlite-lightning-store.ts';
import { resolveOptions } from '../src/sqlite-store-options.ts';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();

/** Changes a file as another program would. */
function alter(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('the owner of a file', () => {
  it('is one: a second store of the same process is told so, by any name of the file', async () => {
    const path = files.path('a/store.db');
    const store = await files.open({ path });
    await store.enqueueRollout({ input: 1 });
    symlinkSync(dirname(path), files.path('alias'));
    for (const name of [path, files.path('alias/store.db')]) {
      await expect(SqliteLightningStore.open({ path: name })).rejects.toMatchObject({
        code: 'STORE_IN_USE',
        message: expect.stringContaining('this process has it open'),
        details: { pid: process.pid },
      });
    }
    expect((await store.statistics()).totalRollouts).toBe(1);
    await store.close();
    await files.open({ path });
  });

  it('waits for whoever is in the way while it opens the file, as a reader is that comes first after a kill', async () => {
    const path = files.path();
    const before = await files.open({ path });
    const { rolloutId } = await before.enqueueRollout({ input: 1 });
    await before.close();
    const holder = new Worker(new URL('fixtures/in-the-way.ts', import.meta.url), { workerData: { path, ms: 200 } });
    await once(holder, 'message');
    const store = await files.open({ path });
    expect(await store.getRolloutById(rolloutId)).toMatchObject({ input: 1 });
    await once(holder, 'exit');
  });

  it('waits for whoever only looks whether there is one, however long the machine lets him wait in the middle of it', async () => {
    const path = files.path();
    await (await files.open({ path })).close();
    const workerData = { path: `${path}-lock`, ms: 300, sql: 'BEGIN; SELECT * FROM sqlite_schema' };
    const looker = new Worker(new URL('fixtures/in-the-way.ts', import.meta.url), { workerData });
    await once(looker, 'message');
    await files.open({ path });
    await once(looker, 'exit');
  });

  it('is named by its process id, can be read beside, and leaves nothing to clean up when it is killed', async () => {
    const path = files.path();
    const owner = spawn(process.execPath, [`${import.meta.dirname}/fixtures/owner.ts`, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [rolloutId] = String((await once(owner.stdout, 'data'))[0])
      .trim()
      .split('\n');
    await expect(SqliteLightningStore.open({ path })).rejects.toMatchObject({
      code: 'STORE_IN_USE',
      message: expect.stringContaining(`process ${owner.pid}`),
      details: { pid: owner.pid },
    });
    const reader = await files.open({ path, readOnly: true });
    expect(await reader.getRolloutById(rolloutId ?? '')).toMatchObject({ input: 'from the owner' });
    await reader.close();

    const gone = once(owner, 'exit');
    owner.kill('SIGKILL');
    await gone;
    const next = await files.open({ path });
    expect((await next.statistics()).totalRollouts).toBe(1);
  });
});

describe('a reader', () => {
  it('sees what the owner commits, and changes nothing', async () => {
    const owner = await files.open();
    const { rolloutId } = await owner.enqueueRollout({ input: 1 });
    const reader = await files.open({ readOnly: true });
    expect((await reader.queryRollouts()).total).toBe(1);
    await owner.enqueueRollout({ input: 2 });
    expect(await reader.queryRollouts()).toMatchObject({ total: 2, length: 2 });
    expect((await reader.statistics()).totalRollouts).toBe(2);
    const refused = { code: 'STORE_READ_ONLY' };
    await expect(reader.enqueueRollout({ input: 3 })).rejects.toMatchObject(refused);
    await expect(reader.dequeueRollout()).rejects.toMatchObject(refused);
    await expect(reader.updateWorker('w')).rejects.toMatchObject(refused);
    await expect(reader.waitForRollouts({ rolloutIds: [rolloutId] })).rejects.toMatchObject(refused);
    await owner.updateRollout(rolloutId, { status: 'succeeded' });
    expect(await reader.waitForRollouts({ rolloutIds: [rolloutId] })).toMatchObject([{ rolloutId }]);
  });

  it('reads a store that nobody has open', async () => {
    const owner = await files.open();
    await owner.enqueueRollout({ input: 1 });
    await owner.close();
    const reader = await files.open({ readOnly: true });
    expect((await reader.queryRollouts()).total).toBe(1);
    // Readers own nothing.
    await files.open();
  });

  it('reads a store that lies where no files can be made', async () => {
    const owner = await files.open();
    await owner.enqueueRollout({ input: 1 });
    await owner.close();
    // As on a read-only file system, the shared memory beside the file cannot be made.
    mkdirSync(files.path('store.db-shm'));
    const reader = await files.open({ readOnly: true });
    expect((await reader.queryRollouts()).total).toBe(1);
    await reader.close();
    await expect(files.open()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('needs a file', async () => {
    const path = files.path('none.db');
    await expect(SqliteLightningStore.open({ path, readOnly: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(existsSync(path)).toBe(false);
  });
});

describe('a file that is no store of ours', () => {
  const refusal = (reason: string) => ({ code: 'STORE_UNREADABLE', details: { reason } });
  const openBoth = async (reason: string): Promise<void> => {
    await expect(files.open()).rejects.toMatchObject(refusal(reason));
    await expect(files.open({ readOnly: true })).rejects.toMatchObject(refusal(reason));
  };

  it('is left as it is when another program made it', async () => {
    writeFileSync(files.path(), 'These are my notes, and no database at all. '.repeat(200));
    const before = readFileSync(files.path());
    await openBoth('foreign');
    expect(readFileSync(files.path())).toEqual(before);
  });

  it('is left as it is when it is a database of another program', async () => {
    alter(files.path(), 'CREATE TABLE mine (a); INSERT INTO mine VALUES (1)');
    const before = readFileSync(files.path());
    await openBoth('foreign');
    expect(readFileSync(files.path())).toEqual(before);
  });

  it('is refused when a newer version wrote it', async () => {
    await (await files.open()).close();
    alter(files.path(), 'PRAGMA user_version = 99');
    await openBoth('newer');
  });

  it('is named as damaged, with the remedy, when a part of it is missing', async () => {
    const store = await files.open();
    await store.enqueueManyRollouts(Array.from({ length: 200 }, () => ({ input: 'x'.repeat(1_000) })));
    await store.close();
    truncateSync(files.path(), Math.floor(statSync(files.path()).size / 2));
    await expect(files.open()).rejects.toMatchObject({
      ...refusal('damaged'),
      message: expect.stringContaining('backup'),
    });
  });

  it('is named as damaged when its pages are overwritten', async () => {
    const store = await files.open();
    await store.enqueueManyRollouts(Array.from({ length: 200 }, () => ({ input: 'x'.repeat(1_000) })));
    await store.close();
    const bytes = readFileSync(files.path());
    bytes.fill(0xa5, 8_192, 65_536);
    writeFileSync(files.path(), bytes);
    await expect(files.open()).rejects.toMatchObject(refusal('damaged'));
    const reading = files.open({ readOnly: true }).then((reader) => reader.queryRollouts());
    await expect(reading).rejects.toMatchObject(refusal('damaged'));
  });

  it('is refused when it is no file', async () => {
    mkdirSync(files.path('directory.db'));
    symlinkSync(files.path('nowhere'), files.path('link.db'));
    for (const name of ['directory.db', 'link.db']) {
      await expect(files.open({ path: files.path(name) }), name).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(existsSync(files.path('nowhere'))).toBe(false);
  });
});

describe('the files of a store', () => {
  it('are for this user alone, whatever the umask', async () => {
    for (const umask of [0o000, 0o022, 0o777]) {
      const before = process.umask(umask);
      const path = files.path(`umask-${umask}/deep/store.db`);
      try {
        const store = await files.open({ path });
        await store.enqueueRollout({ input: 1 });
        await store.backup(files.path(`umask-${umask}/deep/copy.db`));
      } finally {
        process.umask(before);
      }
      expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o700);
      for (const suffix of ['', '-wal', '-shm', '-lock'])
        expect(lstatSync(`${path}${suffix}`).mode & 0o777).toBe(0o600);
      expect(lstatSync(files.path(`umask-${umask}/deep/copy.db`)).mode & 0o777).toBe(0o600);
    }
  });

  it('are flushed before anything is acknowledged, unless asked otherwise', async () => {
    const logger = { warn: () => undefined } as unknown as Logger;
    for (const [name, options, level] of [
      ['unless', {}, 2],
      ['full', { synchronous: 'full' }, 2],
      ['normal', { synchronous: 'normal' }, 1],
    ] as const) {
      const { path, synchronous } = resolveOptions({ path: files.path(`${name}.db`), ...options });
      const { db, lock } = openAsOwner(path, { synchronous, logger });
      expect(db.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: level });
      expect(db.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
      db.close();
      lock?.release();
    }
  });

  it('have one connection alone with an SQLite that is not safe for several', async () => {
    const warnings: unknown[] = [];
    const logger = { warn: (details: unknown) => void warnings.push(details) } as unknown as Logger;
    const file = openAsOwner(files.path(), { synchronous: 'full', logger, sqliteVersion: '3.50.4' });
    const { db } = file;
    expect(warnings).toEqual([{ sqliteVersion: '3.50.4' }]);
    db.exec("INSERT INTO facts VALUES ('test', '1')");
    expect(existsSync(`${files.path()}-shm`)).toBe(false);
    await expect(files.open({ readOnly: true })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await backUp(file, files.path('copy.db'));
    closeFile(file);
    const copy = await files.open({ path: files.path('copy.db'), readOnly: true });
    expect((await copy.statistics()).totalRollouts).toBe(0);
    await files.open({ readOnly: true });
  });
});
