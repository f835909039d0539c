import type { RunJournal } from '../context/run-journal.ts';
import { StoreRunJournal } from '../context/store-run-journal.ts';
import { openRunStore } from './open-run-store.ts';
import type { RunDirectory } from './run-directory.ts';

/**
 * Runs an algorithm whose rollouts are in a store of somebody else, with its records in the directory of its run.
 *
 * @param directory - absent: the records are wherever the rollouts are, if anywhere
 */
export async function withRecords<T>(
  directory: RunDirectory | undefined,
  run: (journal: RunJournal | undefined) => Promise<T>,
): Promise<T> {
  if (directory === undefined) return await run(undefined);
  const records = await openRunStore({ path: directory.storePath });
  try {
    return await run(await StoreRunJournal.open(records.runRecords!, directory.runId));
  } finally {
    await records.close();
  }
}
