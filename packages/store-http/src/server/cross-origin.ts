/**
 * What pages of other origins may do: nothing, unless their origin was named. Browsers ask on their behalf and obey; programs send no
 * `Origin` and are not concerned.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** Every page there is. */
export const ANY_ORIGIN = '*';

/** Browsers ask again after this many seconds. */
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/** Judges requests by the page that they come from. */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string>;

  /** @param origins - as `normalOrigin` writes them, or {@link ANY_ORIGIN} */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Whether a page may have sent the request: one of the server's own, or one of a named origin. Programs may always. */
  admits(headers: IncomingHttpHeaders): boolean {
    const { origin, 'sec-fetch-site': site } = headers;
    if (origin !== undefined && this.#isNamed(origin)) return true;
    // What a page includes rather than asks for, such as an image, has no origin; browsers tell by the other header.
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    return origin === undefined || isOwn(origin, headers.host);
  }

  /** Whether a browser asks if it may send the request that it describes. Never with `corsOrigins` empty: then nobody is told that it may. */
  isPreflight(method: string, headers: IncomingHttpHeaders): boolean {
    return (
      this.#origins.size > 0 &&
      method === 'OPTIONS' &&
      headers.origin !== undefined &&
      headers['access-control-request-method'] !== undefined
    );
  }

  /** What lets the page read the reply, also one that refuses. */
  replyHeaders({ origin }: IncomingHttpHeaders): Readonly<Record<string, string>> {
    if (this.#origins.size === 0) return {};
    // Without credentials: a page that nobody named must not act with what a browser has stored for somebody.
    if (this.#origins.has(ANY_ORIGIN))
      return { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };
    if (origin === undefined || !this.#isNamed(origin)) return { vary: 'origin' };
    return {
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      // With credentials, `*` would be the name of a header.
      'access-control-expose-headers': 'retry-after, x-agl-error, x-agl-features, x-agl-outcome',
    };
  }

  /** What answers a preflight of an origin that is named, beside {@link replyHeaders}; `undefined` for others. */
  preflightHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> | undefined {
    if (headers.origin === undefined || !this.#isNamed(headers.origin)) return undefined;
    const wanted = headers['access-control-request-headers'];
    return {
      'access-control-allow-methods': 'GET, POST',
      ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
      'access-control-max-age': String(PREFLIGHT_MAX_AGE_SECONDS),
    };
  }

  #isNamed(origin: string): boolean {
    return this.#origins.has(ANY_ORIGIN) || this.#origins.has(origin.toLowerCase());
  }
}

/**
 * An origin as browsers write it: `https://pages.example`, `http://localhost:5173`. A slash at its end is left away.
 * @returns `undefined` for what is none
 */
export function normalOrigin(text: string): string | undefined {
  if (text === ANY_ORIGIN) return text;
  const origin = text.replace(/\/$/, '').toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(origin) || !URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  // Only the schemes of the web have an origin; browsers name their extensions by scheme and host all the same.
  return url.origin === 'null' ? origin : url.origin;
}

/** By either scheme: a proxy that ends TLS passes the Host on. */
function isOwn(origin: string, host: string | undefined): boolean {
  const own = host?.toLowerCase();
  return origin.toLowerCase() === `http://${own}` || origin.toLowerCase() === `https://${own}`;
}
