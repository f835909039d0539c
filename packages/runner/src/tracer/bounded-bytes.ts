/** Collects bytes up to a limit; past it, everything is let go and only the fact remains. */
export class BoundedBytes {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether more came than may be kept. */
  get overflowed(): boolean {
    return this.#length > this.#limit;
  }

  /** Whether nothing came. */
  get empty(): boolean {
    return this.#length === 0;
  }

  add(chunk: Uint8Array | string): void {
    this.#length += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength;
    if (this.overflowed) this.#chunks = [];
    // A copy: the chunk belongs to whoever reads the response, and may be a small window on a large buffer.
    else this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk));
  }

  /** What came; empty once it overflowed. */
  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
