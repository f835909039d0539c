import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { onTestFinished } from 'vitest';

/** A proxy that loses replies. */
export interface LossyProxy {
  readonly url: string;
  /** The paths it was asked for, in order. */
  readonly paths: string[];
  /** Loses the next replies to requests whose path ends so; the server has done what they asked for by then. */
  lose(pathEnd: string, replies?: number): void;
}

/** Stands before a server, and loses replies when told to: the connection of the client just ends. */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const paths: string[] = [];
  const toLose = new Map<string, number>();
  const loses = (path: string): boolean => {
    for (const [end, left] of toLose) {
      if (!path.endsWith(end) || left === 0) continue;
      toLose.set(end, left - 1);
      return true;
    }
    return false;
  };
  const forward = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = '', method = 'GET', headers } = incoming;
    paths.push(url);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { host: _host, connection: _connection, 'content-length': _length, ...kept } = headers;
    const reply = await request(`${target}${url}`, {
      method: method as 'GET',
      headers: kept as Record<string, string>,
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    });
    const body = await reply.body.text();
    if (loses(url)) return void incoming.socket.destroy();
    const { 'transfer-encoding': _encoding, connection: _kept, ...replyHeaders } = reply.headers;
    response.writeHead(reply.statusCode, replyHeaders).end(body);
  };
  const server = createServer((incoming, response) => {
    forward(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    lose: (pathEnd, replies = 1) => void toLose.set(pathEnd, replies),
  };
}
