import { join, resolve } from 'node:path';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { STORE_FILE } from './open-run-store.ts';

/** So many are asked for at once. */
const PAGE = 200;

/**
 * Reads what tasks some rollouts of a run were given, also while it is running. Rollouts that are not in the store of its directory are left out: it may have had
 * another store.
 *
 * @returns the tasks by the ids of their rollouts
 */
export async function readTaskInputs(
  directory: string,
  rolloutIds: readonly string[],
): Promise<ReadonlyMap<string, unknown>> {
  const inputs = new Map<string, unknown>();
  if (rolloutIds.length === 0) return inputs;
  const store = await openStore(join(resolve(directory), STORE_FILE));
  if (store === undefined) return inputs;
  try {
    for (let from = 0; from < rolloutIds.length; from += PAGE) {
      const { items } = await store.queryRollouts({ rolloutIdIn: rolloutIds.slice(from, from + PAGE), limit: PAGE });
      for (const { rolloutId, input } of items) inputs.set(rolloutId, input);
    }
  } finally {
    await store.close();
  }
  return inputs;
}

async function openStore(path: string): Promise<SqliteLightningStore | undefined> {
  try {
    return await SqliteLightningStore.open({ path, readOnly: true, create: false });
  } catch {
    // It is for information: without it tasks have numbers.
    return undefined;
  }
}
