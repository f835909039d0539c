import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { JOURNAL_FILE } from './file-names.ts';
import { type JournalItem, JournalReader } from './journal-reader.ts';

/** How to follow a journal. */
export interface FollowJournalOptions {
  /** The id of the last event that was read before; default: from the beginning. */
  readonly after?: string | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What comes at once is read at once, and not line by line. */
const PAUSE_MS = 20;
/** The system tells when the file changes; where it does not, as over a network, it is looked at so often. */
const POLL_MS = 500;
const POLL_UNWATCHED_MS = 60;

/**
 * Follows the journal of a run, which another process may work on: first what is there, then what is added, within some 20 ms. What whoever reads is too slow
 * for stays in the file. Counters that a later one supersedes before the next other event are left out.
 *
 * @param directory - of the run; waits for the file if there is none yet
 * @returns pieces, in order, until the signal aborts
 */
export async function* followJournal(
  directory: string,
  { after, signal }: FollowJournalOptions,
): AsyncGenerator<readonly JournalItem[]> {
  const path = join(directory, JOURNAL_FILE);
  const reader = new JournalReader(path, after);
  const changes = new FileChanges(path, signal);
  let isCaughtUp = false;
  try {
    while (!signal.aborted) {
      changes.listen();
      for await (const items of reader.read()) {
        if (items.some(({ type }) => type === 'reset')) isCaughtUp = false;
        yield items;
        if (signal.aborted) return;
      }
      if (!isCaughtUp) yield [{ type: 'caught-up' }];
      isCaughtUp = true;
      await changes.next();
      await delay(PAUSE_MS, undefined, { signal }).catch(() => {
        // The loop ends.
      });
    }
  } finally {
    changes.stop();
  }
}

/** Tells when a file may have changed, also one that is yet to be made, or is replaced. */
class FileChanges {
  readonly #path: string;
  readonly #signal: AbortSignal;
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #hasChanged = false;
  #wake: (() => void) | undefined;

  constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
  }

  /** To be called before the file is read: what changes from now on counts. */
  listen(): void {
    this.#hasChanged = false;
    // Of the directory only as long as there is no file: the store beside it changes all the time.
    const target = existsSync(this.#path) ? this.#path : dirname(this.#path);
    if (this.#watched === target) return;
    this.stop();
    try {
      this.#watcher = watch(target, (event, name) => {
        if (target !== this.#path && name !== null && name !== basename(this.#path)) return;
        // Replaced by another file of that name, which is not the one that is watched.
        if (event === 'rename') this.#watched = undefined;
        this.#changed();
      });
      this.#watcher.on('error', () => this.stop());
      this.#watched = target;
    } catch {
      // No such directory, no more watches, or a file system that has none: it is looked at instead.
    }
  }

  /** Waits for the next change, or for as long as it is sensible to rely on hearing of it. */
  async next(): Promise<void> {
    if (this.#hasChanged || this.#signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const stop = (): void => resolve();
    const timer = setTimeout(resolve, this.#watched === this.#path ? POLL_MS : POLL_UNWATCHED_MS);
    this.#signal.addEventListener('abort', stop, { once: true });
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
    this.#signal.removeEventListener('abort', stop);
  }

  #changed(): void {
    this.#hasChanged = true;
    this.#wake?.();
  }

  /** Tells of nothing more. */
  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }
}
