import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../test/running-server.ts';
import type { LightningStoreServer } from './lightning-store-server.ts';
import { resolveServerOptions } from './server-options.ts';

/** A connection that sends `text` and nothing more, and what the server has said when it ends it. */
class RawConnection {
  readonly ended: Promise<string>;
  readonly #socket: Socket;
  #received = '';

  constructor({ port }: LightningStoreServer, text = '') {
    this.#socket = connectSocket(port, '127.0.0.1');
    this.#socket.setEncoding('latin1').on('data', (chunk) => {
      this.#received += String(chunk);
    });
    // One that the server ends by force says so; that it has ended is what counts.
    this.#socket.on('error', () => {});
    this.ended = once(this.#socket, 'close').then(() => this.#received);
    if (text !== '') this.#socket.write(text);
    onTestFinished(() => void this.#socket.destroy());
  }

  /** Resolves when the server has sent something. */
  async answered(): Promise<string> {
    if (this.#received === '') await once(this.#socket, 'data');
    return this.#received;
  }
}

// Fails after a time that is long for the limit of the tests, and short for the default of the option.
describe("LightningStoreServer 'limits.requestTimeoutMs'", { timeout: 8_000 }, () => {
  // A real wait, short, and not over before the request is begun: Node's HTTP server has no other clock.
  const requestTimeoutMs = 200;

  it.each([
    ['its headers', ''],
    ['its body', 'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{'],
  ])('ends a connection that does not come to the end of %s', async (_part, rest) => {
    const { server } = await startServer({ limits: { requestTimeoutMs }, token: null });
    const head = `POST /v1/agl/queues/rollouts/enqueue HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n`;
    expect(await new RawConnection(server, head + rest).ended).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('is no limit for the time that a claim waits for work', async () => {
    const { server, store, connect } = await startServer({ limits: { requestTimeoutMs }, token: null });
    const claim = connect().dequeueRollout({ workerId: 'patient', waitMs: 60_000 });
    await expect.poll(async () => (await store.queryWorkers()).total).toBe(1);
    // Younger than the claim, and past the limit.
    await new RawConnection(server, 'GET /v1/agl/health HTTP/1.1\r\n').ended;
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect(await claim).toMatchObject({ rolloutId });
  });
});

it('a client has 30 s to send a request, and 10,000 may be connected', () => {
  expect(resolveServerOptions({}).limits).toMatchObject({ requestTimeoutMs: 30_000, maxConnections: 10_000 });
});

describe("LightningStoreServer 'limits.maxConnections'", () => {
  it('refuses a connection when that many are open', async () => {
    const { server } = await startServer({ limits: { maxConnections: 2 } });
    const health = `GET /v1/agl/health HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n\r\n`;
    for (let open = 0; open < 2; open += 1) {
      expect(await new RawConnection(server, health).answered()).toMatch(/^HTTP\/1\.1 200 /);
    }
    expect(await new RawConnection(server, health).ended).toBe('');
  });
});
