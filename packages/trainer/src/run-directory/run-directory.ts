import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BestPromptDocument,
  bestPromptDocument,
  failpoint,
  isLightningError,
  isPromptTemplate,
  LightningError,
  type NamedResources,
  namedResourcesToWire,
  type RolloutConfigInput,
  type StoreOpener,
  systemClock,
  writeFileAtomic,
} from '@agentlightning/core';
import type { RunEvent } from '@agentlightning/core/run';
import { siblingUrl } from '@agentlightning/execution';
import { type Redactor, redactorOf } from '@agentlightning/runner';
import { z } from 'zod';
import type { FitResult } from '../fit-result.ts';
import { CounterNotes } from './counter-notes.ts';
import { differencesOf } from './differences.ts';
import { EventJournal } from './event-journal.ts';
import { BEST_PROMPT_FILE, HEADER_FILE, JOURNAL_FILE, RESULT_FILE } from './file-names.ts';
import { mendExports } from './mend-exports.ts';
import { holdRunStore, openRunStore, type RunStoreData, STORE_FILE } from './open-run-store.ts';
import { type RunFingerprint, type RunHeader, runHeaderSchema } from './run-header.ts';
import { readTold, toldKeyOf } from './told-events.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Prompts and tasks are nobody else's business. */
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** How a run's directory is opened. */
export interface OpenRunDirectoryOptions {
  readonly path: string;
  /** Of a run that begins. */
  readonly newRunId: string;
  /** Likewise: what people call its agent. */
  readonly agentName: string | null;
  readonly fingerprint: RunFingerprint;
  /** Whether to go on with the run that is there; `force`: also if it was another one by its fingerprint. */
  readonly resume: boolean | 'force';
  /** What no file of the run may hold. */
  readonly secrets: readonly string[];
}

/** Where a run keeps what is to outlive its process: who it is, its store, its best prompt, its events, its result. */
export class RunDirectory {
  /** As an absolute path. */
  readonly path: string;
  readonly runId: string;
  /** Whether the run was there. */
  readonly isResumed: boolean;
  /** Which files were damaged that nothing is read back from, and what became of them, in sentences. */
  readonly mended: readonly string[];
  readonly #redact: Redactor;
  readonly #journal: EventJournal;
  readonly #notes: CounterNotes;
  /** Events that are told once, which earlier processes have noted. */
  readonly #told: ReadonlySet<string>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    path: string,
    runId: string,
    redact: Redactor,
    {
      isResumed,
      mended,
      told,
    }: { readonly isResumed: boolean; readonly mended: readonly string[]; readonly told: ReadonlySet<string> },
  ) {
    this.path = path;
    this.runId = runId;
    this.isResumed = isResumed;
    this.mended = mended;
    this.#told = told;
    this.#redact = redact;
    this.#journal = new EventJournal(join(path, JOURNAL_FILE), redact);
    this.#notes = new CounterNotes((event) => this.#journal.add(event));
  }

  /**
   * Makes the directory of a new run, or takes up the run that is there.
   * @throws LightningError `CONFLICT` if there is a run and `resume` is not asked for, `NOT_FOUND` if there is none and it is, `RUN_CHANGED` if it was
   *   another run by its fingerprint, `RUN_UNREADABLE` if its header is damaged, `STORE_IN_USE` while another process works on it
   */
  static async open(options: OpenRunDirectoryOptions): Promise<RunDirectory> {
    const path = resolve(options.path);
    const redact = redactorOf(options.secrets);
    const header = await readHeader(path);
    if (options.resume === false) {
      if (header !== undefined) throw isTaken(path, header);
      await create(path, options, redact);
      failpoint('run.begun');
      return new RunDirectory(path, options.newRunId, redact, { isResumed: false, mended: [], told: new Set() });
    }
    if (header === undefined) throw nothingToResume(path);
    await refuseIfInUse(path, header);
    await takeUp(path, header, options, redact);
    const mended = await mendExports(path);
    const told = await readTold(join(path, JOURNAL_FILE));
    return new RunDirectory(path, header.run_id, redact, { isResumed: true, mended, told });
  }

  /** The file of the run's store. */
  get storePath(): string {
    return join(this.path, STORE_FILE);
  }

  /**
   * How to make the run's store, in whatever thread. Snapshots of a run that goes on follow these initial resources, and what was interrupted is queued again and
   * may have so many attempts.
   */
  storeOpener({
    initialResources,
    rolloutConfig: { maxAttempts = 1 },
  }: {
    readonly initialResources: NamedResources;
    readonly rolloutConfig: RolloutConfigInput;
  }): StoreOpener {
    const path = this.storePath;
    const resumed = { runId: this.runId, initialResources: namedResourcesToWire(initialResources), maxAttempts };
    const data: RunStoreData = this.isResumed ? { path, resumed } : { path };
    const moduleUrl = siblingUrl('./open-run-store', import.meta.url).href;
    return {
      open: () => openRunStore(data),
      source: { module: { moduleUrl, exportName: 'openRunStore' }, data },
      hold: () => holdRunStore(data),
    };
  }

  /** Notes an event, so that the run can be looked at afterwards. */
  tell(event: RunEvent): void {
    this.#notes.add(event);
  }

  /** Whether an earlier process of the run has noted an event of this type and key. */
  hasTold(event: RunEvent): boolean {
    return this.#told.has(toldKeyOf(event));
  }

  /** Keeps the best prompt so far, if the candidate has one prompt. */
  keepBest(best: { readonly score: number; readonly version: string; readonly candidate: NamedResources }): void {
    const prompts = Object.values(best.candidate).filter(isPromptTemplate);
    if (prompts.length !== 1) return;
    const document: BestPromptDocument = bestPromptDocument(
      { result: { bestPrompt: prompts[0]!, bestScore: best.score, bestVersion: best.version } },
      systemClock.now(),
    );
    this.#write(BEST_PROMPT_FILE, document);
  }

  /** Keeps what the run came to. */
  keepResult(run: FitResult<unknown>): void {
    this.#write(RESULT_FILE, run);
  }

  /** Removes what a run that came to nothing has left, and the directory unless something else is in it. */
  async discard(): Promise<void> {
    const ours = [HEADER_FILE, RESULT_FILE, BEST_PROMPT_FILE, JOURNAL_FILE];
    for (const name of await readdir(this.path)) {
      if (ours.includes(name) || name.startsWith(STORE_FILE)) await rm(join(this.path, name), { force: true });
    }
    await rmdir(this.path).catch(() => {
      // Somebody else's files are in it.
    });
  }

  /** Waits until everything is written. @throws what kept a file from being written */
  async close(): Promise<void> {
    try {
      await this.#writing;
    } finally {
      this.#notes.flush();
      await this.#journal.close();
    }
  }

  #write(name: string, content: unknown): void {
    // One after the other: the last one wins.
    this.#writing = this.#writing.then(() => writePrivate(join(this.path, name), content, this.#redact));
    // Whoever closes the directory hears of it.
    this.#writing.catch(() => {});
  }
}

async function create(
  path: string,
  { newRunId, agentName, fingerprint }: OpenRunDirectoryOptions,
  redact: Redactor,
): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  // The store first: where there is a header, there was a store, and one that is gone is not taken for one that is yet to be made.
  await makeStoreIn(path);
  const [script, ...args] = process.argv.slice(1);
  const header: RunHeader = {
    format: 1,
    run_id: newRunId,
    start_time: systemClock.now(),
    command: { script: script ?? null, arguments: args, directory: process.cwd(), node_version: process.versions.node },
    agent: agentName,
    fingerprint,
    forced: [],
  };
  try {
    await writePrivate(join(path, HEADER_FILE), header, redact, { overwrite: false });
  } catch (error) {
    // Two that begin in one directory at the same moment.
    const other = await readHeader(path);
    throw other === undefined ? error : isTaken(path, other);
  }
}

async function makeStoreIn(path: string): Promise<void> {
  const { makeStore } = await import('@agentlightning/store-sqlite');
  try {
    makeStore(join(path, STORE_FILE));
  } catch (error) {
    // Somebody who began here at the same moment is further.
    const other = isLightningError(error, 'STORE_IN_USE') ? await readHeader(path) : undefined;
    throw other === undefined ? error : isTaken(path, other);
  }
}

/** Before anything is changed in a directory that another process works in. The store's own lock decides, should that one come later. */
async function refuseIfInUse(path: string, { run_id: runId }: RunHeader): Promise<void> {
  const { storeOwner } = await import('@agentlightning/store-sqlite');
  const owner = storeOwner(join(path, STORE_FILE));
  if (owner === undefined) return;
  const who =
    owner.pid === null ? 'another process' : owner.pid === process.pid ? 'this process' : `process ${owner.pid}`;
  throw new LightningError(
    'STORE_IN_USE',
    `Cannot resume the run ${runId} in ${path} as ${who} works on it. Wait until it ends, or stop it`,
    { details: { path, runId, pid: owner.pid } },
  );
}

async function takeUp(
  path: string,
  header: RunHeader,
  options: OpenRunDirectoryOptions,
  redact: Redactor,
): Promise<void> {
  // As it would be written: without secrets.
  const now = JSON.parse(JSON.stringify(options.fingerprint, withoutSecrets(redact))) as RunFingerprint;
  const differences = differencesOf(header.fingerprint, now);
  if (differences.length === 0) return;
  if (options.resume !== 'force') {
    throw new LightningError(
      'RUN_CHANGED',
      `Cannot resume the run ${header.run_id} in ${path} as it would not be the same any more:\n  ${differences.join('\n  ')}\nUndo that, begin anew in another directory, or insist with resume: 'force' (agl resume --force)`,
      { details: { path, runId: header.run_id, differences } },
    );
  }
  const forced = [...header.forced, { time: systemClock.now(), differences }];
  // From here on it is the run that it has become: the next resume is compared with that.
  await writePrivate(join(path, HEADER_FILE), { ...header, fingerprint: now, forced }, redact);
}

/** The header of the run in a directory, `undefined` if there is none. */
export async function readHeader(directory: string): Promise<RunHeader | undefined> {
  const path = join(directory, HEADER_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    // A directory in its place, or a file that is somebody else's.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))) {
      throw unreadable(path, error instanceof Error ? error.message : String(error), error);
    }
    if (await wasUsed(directory)) throw unreadable(path, 'it is missing, while there is a store beside it');
    return undefined;
  }
  try {
    const content = JSON.parse(text) as unknown;
    refuseNewerFormat(path, content);
    return runHeaderSchema.parse(content);
  } catch (error) {
    if (isLightningError(error)) throw error;
    throw unreadable(path, problemOf(error), error);
  }
}

/** In a sentence, where a schema would print all that it has found. */
function problemOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const [first] = error.issues;
  return `its '${first!.path.join('.')}' is wrong: ${first!.message}`;
}

/**
 * Whether there is a store in which something was kept, or that cannot be read. One that was only made, or not to the end, is of a run that died before it
 * began, unless files that come later are beside it.
 */
async function wasUsed(directory: string): Promise<boolean> {
  const path = join(directory, STORE_FILE);
  if (!existsSync(path)) return false;
  if ([RESULT_FILE, BEST_PROMPT_FILE, JOURNAL_FILE].some((name) => existsSync(join(directory, name)))) return true;
  const { isUnusedStore } = await import('@agentlightning/store-sqlite');
  try {
    return !isUnusedStore(path);
  } catch {
    // Whatever it is, it is not nothing.
    return true;
  }
}

function refuseNewerFormat(path: string, content: unknown): void {
  const { format } = Object(content) as { format?: unknown };
  if (typeof format === 'number' && format > 1) {
    throw new LightningError(
      'RUN_UNREADABLE',
      `Cannot resume the run as a newer version of this package has written ${path}: resume it with that version, or begin anew in another directory`,
      { details: { path, format } },
    );
  }
}

function unreadable(path: string, problem: string, cause?: unknown): LightningError {
  return new LightningError(
    'RUN_UNREADABLE',
    `Cannot resume the run as ${path} cannot be read: ${problem}. Restore that file, or begin anew in another directory`,
    { cause, details: { path } },
  );
}

function isTaken(path: string, { run_id: runId }: RunHeader): LightningError {
  return new LightningError(
    'CONFLICT',
    `Cannot begin a run in ${path} as the run ${runId} is there: go on with it by resume: true, or give another runDirectory`,
    { details: { path, runId } },
  );
}

function nothingToResume(path: string): LightningError {
  return new LightningError(
    'NOT_FOUND',
    `Cannot resume a run in ${path} as there is none: leave out 'resume' to begin one`,
    {
      details: { path },
    },
  );
}

async function writePrivate(
  path: string,
  content: unknown,
  redact: Redactor,
  options: { overwrite?: boolean } = {},
): Promise<void> {
  const text = `${JSON.stringify(content, withoutSecrets(redact), 2)}\n`;
  await writeFileAtomic(path, text, { ...options, mode: PRIVATE_FILE });
}
