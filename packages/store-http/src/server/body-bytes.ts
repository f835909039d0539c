import type { Readable } from 'node:stream';
import { RequestRefusedError } from './request-refused-error.ts';

/** Bodies of at most this are put together in memory that is used again; the system takes longer to find a new place for a large one than we take to read it. */
const KEPT_BYTES = 1024 ** 2;

/** What comes of a body: its bytes in pieces, or why there are none. */
export type BodyTaken = (error: Error | undefined, pieces: readonly Buffer[]) => void;

/**
 * Takes a body as it comes, up to a limit.
 * @param announced - its `content-length`, if it has one
 * @param taken - called once, with a RequestRefusedError 413 for one that is too large, 400 for one that breaks off
 */
export function takeBody(
  stream: Readable,
  { limit, announced }: { readonly limit: number; readonly announced: string | undefined },
  taken: BodyTaken,
): void {
  if (Number(announced ?? 0) > limit) {
    taken(tooLarge(), []);
    return;
  }
  const pieces: Buffer[] = [];
  let size = 0;
  const leave = (): void => {
    stream.removeListener('data', onData);
    stream.removeListener('end', onEnd);
    stream.removeListener('error', onError);
  };
  const onData = (piece: Buffer): void => {
    size += piece.length;
    pieces.push(piece);
    if (size <= limit) return;
    leave();
    taken(tooLarge(), []);
  };
  const onEnd = (): void => {
    leave();
    if (announced === undefined || Number(announced) === size) taken(undefined, pieces);
    else taken(new RequestRefusedError(400, 'Request body size did not match Content-Length'), []);
  };
  const onError = (): void => {
    leave();
    taken(new RequestRefusedError(400, 'The request broke off'), []);
  };
  stream.on('data', onData).on('end', onEnd).on('error', onError);
}

/** Puts bytes together that came in pieces. */
export class BodyJoiner {
  #memory: Buffer | undefined;

  /** @returns the bytes, to be read before this is called again */
  join(pieces: readonly Buffer[]): Buffer {
    if (pieces.length === 1) return pieces[0] as Buffer;
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (size > KEPT_BYTES) return Buffer.concat(pieces, size);
    this.#memory ??= Buffer.allocUnsafeSlow(KEPT_BYTES);
    let end = 0;
    for (const piece of pieces) end += piece.copy(this.#memory, end);
    return this.#memory.subarray(0, end);
  }
}

function tooLarge(): RequestRefusedError {
  return new RequestRefusedError(413, 'Request body is too large');
}
