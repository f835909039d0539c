import { open, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isLightningError, LightningError } from '@agentlightning/core';
import type { RunStatus } from '@agentlightning/core/run';
import { checkStore, SqliteLightningStore, storeOwner } from '@agentlightning/store-sqlite';
import { z } from 'zod';
import type { Budget } from '../budget/budget.ts';
import { SPEND_KIND, type Spend, type SpendRow, sumSpend } from '../budget/spend-rows.ts';
import { BEST_PROMPT_FILE, JOURNAL_FILE, RESULT_FILE } from './file-names.ts';
import { STORE_FILE } from './open-run-store.ts';
import { readHeader } from './run-directory.ts';
import type { RunHeader } from './run-header.ts';

/** A run as its directory shows it. */
export interface RunSummary {
  readonly runId: string;
  /** As an absolute path. */
  readonly directory: string;
  readonly status: RunStatus;
  /** The process that works on it, as far as it is known. */
  readonly pid: number | null;
  readonly algorithm: string | null;
  /** Said beside every score, see `TrainerOptions.label`. */
  readonly label: string | null;
  /** Seconds since the epoch. */
  readonly startTime: number;
  readonly bestScore: number | null;
  readonly bestVersion: string | null;
  /** How many rollouts it has asked for; `null` while its store cannot be read. */
  readonly rollouts: number | null;
  /** What it has spent, by the prices of the process that worked on it last; `null` while its store cannot be read. */
  readonly spend: Spend | null;
  /** The limits of that process; `null` without any, and while the store cannot be read. */
  readonly budget: Budget | null;
  /** Why it ended, see `FitResult.stopReason`; `null` as long as it has not. */
  readonly stopReason: string | null;
}

/**
 * Reads what a directory tells of its run, also while it is running.
 *
 * @param onUnreadable - is told if the store cannot be read
 * @throws LightningError `NOT_FOUND` if there is no run, `RUN_UNREADABLE` if its header is damaged
 */
export async function readRun(
  path: string,
  onUnreadable: (error: LightningError) => void = () => {},
): Promise<RunSummary & { readonly command: RunHeader['command'] }> {
  const directory = resolve(path);
  const header = await readHeader(directory);
  if (header === undefined) {
    throw new LightningError('NOT_FOUND', `There is no run in ${directory}`, { details: { path: directory } });
  }
  const store = join(directory, STORE_FILE);
  const owner = storeOwner(store);
  const best = await readFields(join(directory, BEST_PROMPT_FILE), bestSchema);
  const result = await readFields(join(directory, RESULT_FILE), resultSchema);
  const { algorithm } = header.fingerprint;
  const stopReason = result?.stopReason ?? null;
  const ended = stopReason === 'interrupted' || stopReason === 'budget' ? stopReason : 'completed';
  return {
    runId: header.run_id,
    directory,
    status: owner !== undefined ? 'running' : result === undefined ? 'broken-off' : ended,
    pid: owner?.pid ?? null,
    algorithm: typeof algorithm === 'string' ? algorithm : null,
    label: await readLabel(join(directory, JOURNAL_FILE)),
    startTime: header.start_time,
    bestScore: best?.best_score ?? null,
    bestVersion: best?.best_version ?? null,
    ...(await readStore(store, header.run_id, onUnreadable)),
    stopReason,
    command: header.command,
  };
}

/**
 * Looks through the store of a run that nobody works on, so that whoever wants to go on with it hears at once if it cannot.
 * @throws LightningError `STORE_UNREADABLE`, `STORE_IN_USE`
 */
export function checkRun({ directory, runId }: Pick<RunSummary, 'directory' | 'runId'>): void {
  checkStore(join(directory, STORE_FILE), runId);
}

/**
 * The runs in the directories below one, the newest first. What cannot be read is told to `onUnreadable`: a run without a header is left out, one without a
 * store has no number of rollouts.
 */
export async function listRuns(
  parent: string,
  onUnreadable: (error: LightningError) => void = () => {},
): Promise<RunSummary[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const runs: RunSummary[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    try {
      const { command: _command, ...run } = await readRun(join(parent, entry.name), onUnreadable);
      runs.push(run);
    } catch (error) {
      if (isLightningError(error, 'RUN_UNREADABLE')) onUnreadable(error);
      else if (!isLightningError(error, 'NOT_FOUND')) throw error;
    }
  }
  return runs.sort((a, b) => b.startTime - a.startTime);
}

const bestSchema = z.object({ best_score: z.number().nullable(), best_version: z.string().nullable() });
const firstEventSchema = z.object({ type: z.literal('run-started'), label: z.string().nullable() });
const resultSchema = z.object({ stopReason: z.string() });

/** What a file says, `undefined` if it is not there or says something else: it is for information only. */
async function readFields<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** More than the first event ever has. */
const FIRST_EVENT_BYTES = 16_384;

/** What the first event of a run says. For information only, as the other files are: `null` where it says nothing, or cannot be read. */
async function readLabel(path: string): Promise<string | null> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_EVENT_BYTES));
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n');
    return firstEventSchema.parse(JSON.parse(line)).label;
  } catch {
    return null;
  }
}

async function readStore(
  path: string,
  runId: string,
  onUnreadable: (error: LightningError) => void,
): Promise<Pick<RunSummary, 'rollouts' | 'spend' | 'budget'>> {
  try {
    const store = await SqliteLightningStore.open({ path, readOnly: true, create: false });
    try {
      const rows = (await store.runRecords.load(runId, SPEND_KIND)).map(({ value }) => JSON.parse(value) as SpendRow);
      const terms = rows.find((row) => row.type === 'terms');
      return {
        rollouts: (await store.statistics()).totalRollouts,
        spend: sumSpend(rows, terms?.prices ?? {}),
        budget: terms?.budget ?? null,
      };
    } finally {
      await store.close();
    }
  } catch (error) {
    // Whoever works on it may have made nothing of it yet.
    if (isLightningError(error, 'STORE_UNREADABLE') && storeOwner(path) === undefined) onUnreadable(error);
    return { rollouts: null, spend: null, budget: null };
  }
}
