import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { systemClock } from '@agentlightning/core';
import type { Redactor } from '@agentlightning/runner';
import { withoutSecrets } from './without-secrets.ts';

/** A file of events, one JSON object a line, for people and programs that look at a run. Nothing is read back from it. */
export class EventJournal {
  readonly #path: string;
  readonly #redact: Redactor;
  #stream: WriteStream | undefined;
  #failure: Error | undefined;

  /** @param redact - takes secrets out of what is written */
  constructor(path: string, redact: Redactor) {
    this.#path = path;
    this.#redact = redact;
  }

  /** Adds an event with the time. */
  add(event: object): void {
    this.#stream ??= this.#open();
    this.#stream.write(`${JSON.stringify({ time: systemClock.now(), ...event }, withoutSecrets(this.#redact))}\n`);
  }

  /** Waits until everything is written. @throws what kept the file from being written */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    stream.end();
    await finished(stream).catch(() => {
      // It is thrown below.
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#path, { flags: 'a', mode: 0o600 });
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
    return stream;
  }
}
