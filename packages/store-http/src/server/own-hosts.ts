import { isIPv6 } from 'node:net';

/** Whether a host is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * The names by which a server may be asked. A page can make a browser resolve its own name to 127.0.0.1; its Host header then gives it away.
 */
export class OwnHosts {
  readonly #names: ReadonlySet<string>;

  /** @param names - `name` for any port, or `name:port`, besides loopback with the server's own port */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** Whether a Host header names the server that listens on `port`. */
  has(header: string | undefined, port: number | undefined): boolean {
    const [, name, givenPort] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec((header ?? '').toLowerCase()) ?? [];
    if (name === undefined) return false;
    if (isLoopback(name.replaceAll(/[[\]]/g, '')) && Number(givenPort ?? 80) === port) return true;
    return this.#names.has(name) || (givenPort !== undefined && this.#names.has(`${name}:${givenPort}`));
  }
}

/** Whether a text can be the name of a host as {@link OwnHosts} takes it: `store.example`, `10.0.0.7:8080`, `[::1]:80`. */
export function isHostName(text: string): boolean {
  const [, name] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(text) ?? [];
  return name !== undefined && (!name.startsWith('[') || isIPv6(name.slice(1, -1)));
}
