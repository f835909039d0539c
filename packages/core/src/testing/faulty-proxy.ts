import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What the proxy does to a request. */
export type ProxyFault =
  /** The server applies it, and the reply never arrives: the connection is cut. */
  | 'lost-reply'
  /** It never reaches the server: the connection is cut. */
  | 'lost-request'
  /** The server gets it twice, one after the other, and the second reply is the answer. */
  | 'duplicate'
  /** It is held back for a while, so that later ones overtake it. */
  | 'delay';

/** What stands between a client and its server. */
export interface FaultyProxyOptions {
  /** Where the server is: `http://127.0.0.1:port`. */
  readonly target: string;
  /** The same seed gives the same faults to the same requests in the same order. */
  readonly seed: number;
  /** How often each happens, from 0 to 1; a fault that is not named does not happen. */
  readonly faults: Readonly<Partial<Record<ProxyFault, number>>>;
  /** The longest delay in milliseconds, default 20. */
  readonly maxDelayMs?: number;
  /** Requests that are never lost or repeated, by their path, query included, and method; they may be held back. Default: none. */
  readonly spares?: (path: string, method: string) => boolean;
}

const KINDS: readonly ProxyFault[] = ['lost-reply', 'lost-request', 'duplicate', 'delay'];

/**
 * An HTTP proxy on loopback that loses, repeats and holds back what goes through it, for tests of clients and servers that have to come to the
 * same end all the same.
 */
export class FaultyProxy {
  /** How often each fault has happened. */
  readonly happened: Readonly<Record<ProxyFault, number>> = {
    'lost-reply': 0,
    'lost-request': 0,
    duplicate: 0,
    delay: 0,
  };
  readonly #options: Required<FaultyProxyOptions>;
  readonly #random: () => number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  private constructor(options: FaultyProxyOptions) {
    this.#options = { maxDelayMs: 20, spares: () => false, ...options };
    this.#random = randomOf(options.seed);
    this.#server = createServer((incoming, reply) => {
      this.#serve(incoming, reply).catch(() => reply.destroy());
    });
  }

  /** Listens on a free port of loopback. */
  static async start(options: FaultyProxyOptions): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  /** Where clients connect: `http://127.0.0.1:port`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
    const drawn = this.#draw();
    const fault =
      drawn !== 'delay' && this.#options.spares(incoming.url ?? '', incoming.method ?? '') ? undefined : drawn;
    const body = await readAll(incoming);
    if (fault !== undefined) (this.happened as Record<ProxyFault, number>)[fault] += 1;
    if (fault === 'lost-request') {
      reply.destroy();
      return;
    }
    if (fault === 'delay') await pause(this.#random() * this.#options.maxDelayMs);
    if (fault === 'duplicate') await this.#forward(incoming, body, reply);
    const answer = await this.#forward(incoming, body, reply);
    if (fault === 'lost-reply') reply.destroy();
    else reply.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #draw(): ProxyFault | undefined {
    let left = this.#random();
    for (const kind of KINDS) {
      left -= this.#options.faults[kind] ?? 0;
      if (left < 0) return kind;
    }
    return undefined;
  }

  /** A client that goes away takes its request along, as it would without a proxy. */
  async #forward({ method, url, headers }: IncomingMessage, body: Buffer, reply: ServerResponse) {
    const target = new URL(this.#options.target);
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    reply.once('close', leave);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const options = { agent: this.#agent, method, headers: { ...headers, host: target.host }, signal: gone.signal };
        request(new URL(url ?? '/', target), options, resolve)
          .once('error', reject)
          .end(body);
      });
      return { status: response.statusCode ?? 502, headers: response.headers, body: await readAll(response) };
    } finally {
      reply.off('close', leave);
    }
  }
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Numbers from 0 to before 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
