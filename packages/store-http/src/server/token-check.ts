import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestRefusedError } from './request-refused-error.ts';

/** So many wrong tokens are answered with 401, and so many more each second. */
const BURST = 50;
const PER_SECOND = 5;

/**
 * Knows the token when it sees it.
 *
 * Wrong ones are rationed: past the ration they are answered with 429, which tells a client that asks in a loop to slow down. The right one is
 * taken whatever others send, as nobody can tell its sender from a guesser before having looked. So it is the length of the token
 * that keeps guessers out, not the ration.
 */
export class TokenCheck {
  readonly #digest: Buffer;
  readonly #now: () => number;
  #ration = BURST;
  #rationAt: number;

  /** @param now - milliseconds that only grow; default: those of the process */
  constructor(token: string, now: () => number = () => performance.now()) {
    this.#digest = digest(token);
    this.#now = now;
    this.#rationAt = now();
  }

  /**
   * Lets a request with the right `Authorization` pass or throws.
   * @throws RequestRefusedError with 401; 429 for one of too many wrong tokens
   */
  check(authorization: string | undefined): void {
    const given = tokenOf(authorization);
    // Digests have one length, so the comparison takes one time whatever was sent.
    if (given !== undefined && timingSafeEqual(digest(given), this.#digest)) return;
    if (given === undefined || this.#takeRation()) throw new RequestRefusedError(401, 'A valid token is required');
    throw new RequestRefusedError(429, 'A valid token is required, and too many wrong ones were sent');
  }

  #takeRation(): boolean {
    const now = this.#now();
    this.#ration = Math.min(BURST, this.#ration + ((now - this.#rationAt) / 1000) * PER_SECOND);
    this.#rationAt = now;
    if (this.#ration < 1) return false;
    this.#ration -= 1;
    return true;
  }
}

/** `Bearer TOKEN`, or `Basic` with the token as password: what a client sends for `http://agl:TOKEN@host`. */
function tokenOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon === -1 ? undefined : credentials.slice(colon + 1);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
