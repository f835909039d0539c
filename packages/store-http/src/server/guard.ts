/**
 * Who may ask. One hook guards every route, the unknown ones included; what is public says so in the operation table.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestRefusedError } from './request-refused-error.ts';

/** What the guard knows of the server it protects. */
export interface GuardOptions {
  /** `null`: nobody is asked for one. */
  readonly token: string | null;
  /** Whether the server listens on loopback only: then the Host header must name it. */
  readonly loopback: boolean;
}

/** Whether a host is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Checks the headers of one request after another. */
export class Guard {
  readonly #loopback: boolean;
  readonly #tokenDigest: Buffer | undefined;

  constructor(options: GuardOptions) {
    this.#loopback = options.loopback;
    this.#tokenDigest = options.token === null ? undefined : digest(options.token);
  }

  /**
   * Lets a request pass or throws.
   * @param port - the port on which the request came in
   * @param isPublic - whether everybody may ask, as there is nothing to learn
   * @throws RequestRefusedError with 403 for a foreign host or origin, 401 without the right token
   */
  check(headers: IncomingHttpHeaders, port: number | undefined, isPublic: boolean): void {
    // A page of another site can make a browser resolve its own name to 127.0.0.1; its Host header then gives it away.
    if (this.#loopback && !isOwnHost(headers.host, port)) {
      throw new RequestRefusedError(403, 'The Host header does not name this server');
    }
    if (isPublic) return;
    if (!isSameOrigin(headers)) throw new RequestRefusedError(403, 'Requests of other origins are not answered');
    if (this.#tokenDigest !== undefined && !this.#hasToken(headers.authorization)) {
      throw new RequestRefusedError(401, 'A valid token is required');
    }
  }

  #hasToken(authorization: string | undefined): boolean {
    const given = tokenOf(authorization);
    // Digests have one length, so the comparison takes one time whatever was sent.
    return given !== undefined && timingSafeEqual(digest(given), this.#tokenDigest as Buffer);
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

function isOwnHost(header: string | undefined, port: number | undefined): boolean {
  const [, name, givenPort] = /^(\[::1\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(header ?? '') ?? [];
  if (name === undefined) return false;
  const bare = name === '[::1]' ? '::1' : name.toLowerCase();
  return isLoopback(bare) && Number(givenPort ?? 80) === port;
}

/** Programs send neither header; a browser sends them, truthfully. */
function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${headers.host?.toLowerCase()}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
