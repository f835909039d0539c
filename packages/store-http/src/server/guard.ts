/**
 * Who may ask. One hook guards every route, the unknown ones included; what is public says so in the operation table.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { CrossOrigin } from './cross-origin.ts';
import { OwnHosts } from './own-hosts.ts';
import { RequestRefusedError } from './request-refused-error.ts';
import { TokenCheck } from './token-check.ts';

/** What the guard knows of the server it protects. */
export interface GuardOptions {
  /** `null`: nobody is asked for one. */
  readonly token: string | null;
  /** Whether the server listens on loopback only: then the Host header must name it. */
  readonly loopback: boolean;
  /** See `LightningStoreServerOptions`. */
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
}

/** What the guard looks at. */
export interface GuardedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The port on which the request came in. */
  readonly port: number | undefined;
  /** Whether everybody may ask, as there is nothing to learn. */
  readonly isPublic: boolean;
}

/** Headers of a reply by their names. */
export type ReplyHeaders = Readonly<Record<string, string>>;

/** Checks one request after another. */
export class Guard {
  readonly #hosts: OwnHosts | undefined;
  readonly #crossOrigin: CrossOrigin;
  readonly #tokens: TokenCheck | undefined;

  constructor({ token, loopback, corsOrigins, allowedHosts }: GuardOptions) {
    this.#hosts = loopback || allowedHosts.length > 0 ? new OwnHosts(allowedHosts) : undefined;
    this.#crossOrigin = new CrossOrigin(corsOrigins);
    this.#tokens = token === null ? undefined : new TokenCheck(token);
  }

  /** What replies to these headers carry so that pages of named origins can read them, refusals included. */
  replyHeaders(headers: IncomingHttpHeaders): ReplyHeaders {
    return this.#crossOrigin.replyHeaders(headers);
  }

  /**
   * Lets a request pass or throws.
   * @returns the headers that answer a preflight, which goes no further; `undefined` for every other request
   * @throws RequestRefusedError with 403 for a foreign host or origin (400 for its preflight), 401 without the right token, 429 for one of too
   * many wrong ones
   */
  check({ method, headers, port, isPublic }: GuardedRequest): ReplyHeaders | undefined {
    if (this.#hosts?.has(headers.host, port) === false) {
      throw new RequestRefusedError(403, 'The Host header does not name this server');
    }
    if (this.#crossOrigin.isPreflight(method, headers)) {
      const answer = this.#crossOrigin.preflightHeaders(headers);
      if (answer === undefined) throw new RequestRefusedError(400, 'Disallowed CORS origin');
      return answer;
    }
    if (isPublic) return undefined;
    if (!this.#crossOrigin.admits(headers))
      throw new RequestRefusedError(403, 'Requests of other origins are not answered');
    this.#tokens?.check(headers.authorization);
    return undefined;
  }
}
