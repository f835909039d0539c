import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteLightningStore } from '../src/index.ts';

function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agl-records-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'store.db');
}

const record = (key: string, value: string, kind = 'step') => ({ kind, key, value });

describe('the records of runs', () => {
  it('are there when the file is opened again, in the order in which they were first put', async () => {
    const path = newPath();
    const first = await SqliteLightningStore.open({ path });
    await Promise.all([
      first.runRecords.put('run-1', [record('b', '1'), record('a', '2')]),
      first.runRecords.put('run-2', [record('b', 'of another run')]),
    ]);
    await first.runRecords.put('run-1', [record('b', '3'), record('b', 'told', 'event')]);
    await first.close();
    const second = await SqliteLightningStore.open({ path });
    expect(await second.runRecords.load('run-1')).toEqual([
      record('b', '3'),
      record('a', '2'),
      record('b', 'told', 'event'),
    ]);
    expect(await second.runRecords.load('run-1', 'event')).toEqual([record('b', 'told', 'event')]);
    expect(await second.runRecords.load('run-2')).toEqual([record('b', 'of another run')]);
    expect(await second.runRecords.load('run-3')).toEqual([]);
    await second.close();
    await expect(second.runRecords.load('run-1')).rejects.toMatchObject({ code: 'STORE_CLOSING' });
  });

  it('are put all or none', async () => {
    const store = await SqliteLightningStore.open({ path: newPath() });
    const refused = [record('a', '1'), record('b', undefined as unknown as string)];
    await expect(store.runRecords.put('run-1', refused)).rejects.toThrow();
    expect(await store.runRecords.load('run-1')).toEqual([]);
    await store.close();
  });
});
