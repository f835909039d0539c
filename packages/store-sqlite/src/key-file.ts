import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, lstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { LightningError } from '@agentlightning/core';
import { isCode, makePrivateFile, takeName } from './private-files.ts';

const KEY_BYTES = 32;
/** {@link KEY_BYTES} bytes in base64url. */
const KEY_TEXT = /^[\w-]{43}$/;

/**
 * The key of a store's secrets, in a file of its own beside the database: whoever gets the database alone, or a copy of it, learns nothing. It is made
 * when there is the first secret to seal, and never overwritten.
 */
export class KeyFile {
  readonly path: string;
  #key: KeyObject | undefined;

  /** @param storePath - the database */
  constructor(storePath: string) {
    this.path = `${storePath}.key`;
  }

  /** The key, or in words why there is none. */
  find(): KeyObject | string {
    if (this.#key !== undefined) return this.#key;
    const found = this.#read();
    if (typeof found !== 'string') this.#key = found;
    return found;
  }

  /**
   * The key; a new one if there is none.
   * @throws LightningError `UNAVAILABLE` if the file holds something else, or cannot be made
   */
  findOrMake(): KeyObject {
    const bytes = this.#key?.export() ?? randomBytes(KEY_BYTES);
    try {
      // Also when the key is known: what is sealed now must be read after a restart, though somebody has removed the file meanwhile.
      this.#make(bytes);
    } catch (error) {
      throw this.#unusable(error instanceof Error ? error.message : String(error), error);
    }
    const found = this.find();
    if (typeof found === 'string') throw this.#unusable(found);
    return found;
  }

  #read(): KeyObject | string {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8').trim();
    } catch (error) {
      if (isCode(error, 'ENOENT')) return 'it is missing';
      return error instanceof Error ? error.message : String(error);
    }
    if (!KEY_TEXT.test(text)) return 'it holds no key';
    return createSecretKey(text, 'base64url');
  }

  /** Whoever looks sees the whole file or none, also after a power cut. */
  #make(bytes: Uint8Array): void {
    if (lstatSync(this.path, { throwIfNoEntry: false }) !== undefined) return;
    const draft = `${this.path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      makePrivateFile(draft);
      writeFlushed(draft, `${Buffer.from(bytes).toString('base64url')}\n`);
      takeName(draft, this.path);
    } catch (error) {
      // Somebody else has made it meanwhile.
      if (!isCode(error, 'EEXIST')) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    flushDirectory(dirname(this.path));
  }

  #unusable(problem: string, cause?: unknown): LightningError {
    return new LightningError(
      'UNAVAILABLE',
      `Cannot seal the secrets of resources with the key file ${this.path}: ${problem}. Put the right file in its place. If there is none, remove this one: a new one is made, and what was sealed has to be given again`,
      { ...(cause === undefined ? {} : { cause }), details: { path: this.path, reason: 'key-file' } },
    );
  }
}

function writeFlushed(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a new name last. */
function flushDirectory(directory: string): void {
  try {
    const handle = openSync(directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    // Windows and some network file systems cannot flush a directory; they order the writes themselves, and the file is in place.
    if (!isCode(error, 'EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES', 'EBADF')) throw error;
  }
}
