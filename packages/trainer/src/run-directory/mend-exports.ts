import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@agentlightning/core';
import { BEST_PROMPT_FILE, JOURNAL_FILE, RESULT_FILE } from './file-names.ts';

/**
 * Looks at the files of a run that nothing is read back from. What is damaged of them does not keep the run from going on: best prompt and result are
 * removed, and written again from what the store knows; of the events, the lines that cannot be read are taken out. Drafts that a kill has left beside the
 * files go without a word.
 *
 * @returns what was mended, in sentences
 */
export async function mendExports(directory: string): Promise<string[]> {
  await removeDrafts(directory);
  const best = await removeDamaged(
    directory,
    BEST_PROMPT_FILE,
    'it is written again with the best prompt that is known',
  );
  const result = await removeDamaged(directory, RESULT_FILE, 'it is written again when the run ends');
  return [...best, ...result, ...(await mendJournal(directory))];
}

/** What `writeFileAtomic()` writes before it takes a file's name, with the id of the process that does. */
const DRAFT = /^\.(?:best_prompt|result|run|journal)\.jsonl?\.(\d+)\..+\.tmp$/;

async function removeDrafts(directory: string): Promise<void> {
  const drafts = (await readdir(directory)).filter((name) => {
    const [, pid] = DRAFT.exec(name) ?? [];
    return pid !== undefined && isGone(Number(pid));
  });
  await Promise.all(drafts.map((name) => rm(join(directory, name), { force: true })));
}

/** Another process may be about to take the run up as well, and of the two one is refused later. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

async function removeDamaged(directory: string, name: string, what: string): Promise<string[]> {
  const path = join(directory, name);
  const text = await textOf(path);
  if (text === undefined || isJsonObject(text)) return [];
  await rm(path, { force: true });
  return [`${path} was damaged: ${what}`];
}

async function mendJournal(directory: string): Promise<string[]> {
  const path = join(directory, JOURNAL_FILE);
  const text = await textOf(path);
  if (text === undefined || text === '') return [];
  const lines = text.split('\n');
  // What stands behind the last line end is of a write that a kill has cut off.
  const last = lines.pop();
  const readable = lines.filter(isJsonObject);
  if (last === '' && readable.length === lines.length) return [];
  await writeFileAtomic(path, readable.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  const lost = lines.length - readable.length;
  if (lost === 0) return [];
  return [`${path} was damaged: ${lost} ${lost === 1 ? 'line' : 'lines'} that cannot be read were taken out`];
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
