// A thread that makes as many bare POSTs as each message says, over connections that stay open, and answers with the milliseconds that they took. Without an
// HTTP client, which would cost more than the server that is measured.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { port, connections, bodyBytes } = workerData as {
  readonly port: number;
  readonly connections: number;
  readonly bodyBytes: number;
};
const body = JSON.stringify({ text: 'x'.repeat(bodyBytes - '{"text":""}'.length) });
const request = Buffer.from(
  `POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
);
const sockets = Array.from({ length: connections }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
await Promise.all(sockets.map((socket) => once(socket, 'connect')));

let left = 0;
let answered = 0;
let done = (): void => {};

for (const socket of sockets) socket.on('data', (reply: Buffer) => onReply(socket, reply));
parentPort!.on('message', (count: number) => void postMany(count));
parentPort!.postMessage('ready');

async function postMany(count: number): Promise<void> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<void>();
  done = resolve;
  left = count;
  answered = count;
  for (const socket of sockets) next(socket);
  await promise;
  parentPort!.postMessage(performance.now() - began);
}

/** A reply is small enough to come in one piece. */
function onReply(socket: Socket, reply: Buffer): void {
  if (!reply.subarray(0, 12).equals(OK)) throw new Error(`Unexpected reply: ${reply.toString()}`);
  answered -= 1;
  if (answered === 0) done();
  else next(socket);
}

const OK = Buffer.from('HTTP/1.1 200');

function next(socket: Socket): void {
  if (left === 0) return;
  left -= 1;
  socket.write(request);
}
