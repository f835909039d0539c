// A thread that makes one bare POST for each message it gets, and answers with the milliseconds that it took.
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';

const { url } = workerData as { readonly url: string };
const pool = new Pool(url, { connections: 1 });
const body = JSON.stringify({ limit: 1, worker_id: 'bench', wait_ms: 0 });

const port = parentPort!;
port.on('message', () => void post());

async function post(): Promise<void> {
  const began = performance.now();
  const reply = await pool.request({
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await reply.body.json();
  port.postMessage(performance.now() - began);
}
