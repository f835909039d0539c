import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Logger } from '@agentlightning/core';
import { KeyFile } from './key-file.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals texts with the key of a store, so that its database holds nothing that can be read without the key. */
export class TextSealer {
  /** The database. */
  readonly storePath: string;
  readonly #keyFile: KeyFile;
  readonly #logger: Logger;
  readonly #staysClosed: boolean;
  #hasWarned = false;

  /**
   * @param storePath - the database; the key is in a file beside it
   * @param staysClosed - whether nothing is opened, as nobody needs it
   */
  constructor(storePath: string, logger: Logger, staysClosed = false) {
    this.storePath = storePath;
    this.#keyFile = new KeyFile(storePath);
    this.#logger = logger;
    this.#staysClosed = staysClosed;
  }

  /**
   * Seals a text. Makes the key if there is none.
   *
   * @param place - where it will be written: it opens nowhere else
   * @throws LightningError `UNAVAILABLE` if there cannot be a key
   */
  seal(text: string, place: readonly string[]): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyFile.findOrMake(), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeBytes(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Opens what was sealed for a place. `undefined` if nothing is to be opened, and with a warning, once, if the key is missing or another one. */
  open(sealed: string, place: readonly string[]): string | undefined {
    if (this.#staysClosed) return undefined;
    const key = this.#keyFile.find();
    if (typeof key === 'string') return this.#closed(key);
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(placeBytes(place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8');
      return text + decipher.final('utf8');
    } catch {
      // The tag does not fit, and there is no telling why.
      return this.#closed('it is that of another store, or what was sealed has been changed');
    }
  }

  #closed(problem: string): undefined {
    if (!this.#hasWarned) {
      this.#logger.warn(
        { keyFile: this.#keyFile.path, problem },
        'The store holds secrets that cannot be opened with its key file: until the right file is in its place, or they are given again, models have no API key',
      );
    }
    this.#hasWarned = true;
    return undefined;
  }
}

function placeBytes(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place));
}
