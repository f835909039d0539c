import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightningStore, RunRecord } from '@agentlightning/core';
import { lookAtStore, type SeenVerdict, type StoreSighting, VirtualClock } from '@agentlightning/core/testing';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';

/** A store's file as it lay there after a kill, and what the run had recorded in it. */
export interface StoreCopy {
  readonly sighting: StoreSighting;
  readonly verdicts: readonly SeenVerdict[];
  /** Model calls of the steps that are recorded. */
  readonly recordedCalls: number;
}

/** Copies the files of a store that nobody has open, as they are. */
function copyFiles(path: string, target: string): void {
  for (const suffix of ['', '-wal', '.key']) {
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${target}${suffix}`);
  }
}

/** Copies a store that somebody works with, as it is at one moment. */
export async function copyInUse(path: string, target: string): Promise<void> {
  const reader = await SqliteLightningStore.open({ path, readOnly: true });
  try {
    await reader.backup(target);
  } finally {
    await reader.close();
  }
  if (existsSync(`${path}.key`)) copyFileSync(`${path}.key`, `${target}.key`);
}

/**
 * Opens a copy of a store's file, and looks at all that is in it. What is queued is claimed, from the copy.
 * @param seenThrough - what stands between the store and whoever looks
 * @param copy - default: for a file that nobody has open
 * @returns `undefined` if there is no file
 */
export async function lookAtCopy(
  path: string,
  runId: string | undefined,
  {
    seenThrough = (store) => store,
    copy = copyFiles,
  }: {
    readonly seenThrough?: (store: LightningStore) => LightningStore;
    readonly copy?: (path: string, target: string) => void | Promise<void>;
  } = {},
): Promise<StoreCopy | undefined> {
  if (!existsSync(path)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'agl-copy-'));
  try {
    await copy(path, join(folder, 'store.db'));
    // On a clock that stands still: nobody falls silent while it is looked at, however long a busy machine takes.
    const clock = new VirtualClock(Date.now() / 1000);
    const file = await SqliteLightningStore.open({ path: join(folder, 'store.db'), clock });
    const store = seenThrough(file);
    try {
      const records = runId === undefined ? [] : await store.runRecords!.load(runId);
      return { sighting: await lookAtStore(store, { claim: true }), ...readRecords(records) };
    } finally {
      await file.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What records of a run tell, as far as it is looked at: the format is that of the trainer's journal. */
function readRecords(records: readonly RunRecord[]): Omit<StoreCopy, 'sighting'> {
  const steps = records.filter(({ kind }) => kind === 'step');
  const calls = steps.map(({ value }) => (JSON.parse(value) as { modelCalls: number }).modelCalls);
  const verdicts = records.filter(({ kind }) => kind === 'verdict');
  return {
    recordedCalls: calls.reduce((sum, count) => sum + count, 0),
    verdicts: verdicts.map(({ key, value }) => ({ key, rows: JSON.parse(value) as SeenVerdict['rows'] })),
  };
}
