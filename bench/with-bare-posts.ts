import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import Fastify from 'fastify';

const CONNECTIONS = 64;
const BODY_BYTES = 2048;

/** Makes so many POSTs of 2 KB. @returns the milliseconds that they took */
export type BarePosts = (count: number) => Promise<number>;

/** With a Fastify server in this thread that reads JSON and does nothing, and a thread that keeps it busy when asked. */
export async function withBarePosts<T>(work: (barePosts: BarePosts) => Promise<T>): Promise<T> {
  const app = Fastify();
  app.post('/', async () => ({ ok: true }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const workerData = { port, connections: CONNECTIONS, bodyBytes: BODY_BYTES };
  const thread = new Worker(new URL('./bare-posts-thread.ts', import.meta.url), { workerData });
  try {
    await once(thread, 'message');
    return await work(async (count) => {
      thread.postMessage(count);
      const [tookMs] = await once(thread, 'message');
      return tookMs as number;
    });
  } finally {
    await thread.terminate();
    await app.close();
  }
}
