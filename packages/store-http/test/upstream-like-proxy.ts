import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { send } from './running-server.ts';

const ADDED_PATHS = [
  '/v1/agl/spans/batch',
  '/v1/agl/spans/next/batch',
  '/v1/agl/queues/rollouts/dequeue/cancel',
  '/v1/agl/rewards/rollouts',
  '/v1/agl/attempts/batch',
];
const ADDED_FILTERS = ['mode_in', 'resources_id_in', 'metadata_in', 'error_contains'];
const ADDED_FIELDS = ['wait_ms', 'claim_id', 'min_done', 'attempts', 'given_back'];
const ADDED_ROLLOUT_FIELDS = ['rollout_id', 'priority'];

/**
 * Stands before a server and takes away what upstream's does not have: paths, request fields (ids chosen by the caller included),
 * headers. What is unknown it answers as upstream does, with 500.
 * @returns its URL, and the paths it was asked for
 */
export async function startUpstreamLikeProxy(target: string): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    forward(target, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

async function forward(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '', method = 'GET' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (ADDED_PATHS.includes(url)) {
    answer(response, 404, { detail: 'Not Found' });
    return;
  }
  const { authorization } = request.headers;
  const body = chunks.length === 0 ? undefined : without(JSON.parse(Buffer.concat(chunks).toString()), url);
  const reply = await send(`${target}${url}`, method, body, authorization === undefined ? {} : { authorization });
  const isUnknown = reply.status === 404 || (reply.body === null && /^\/v1\/agl\/rollouts\/[^/]+$/.test(url));
  if (isUnknown) answer(response, 500, { detail: 'Internal server error', error_type: 'ValueError', traceback: '…' });
  else answer(response, reply.status, reply.body);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function without(body: Record<string, unknown>, url: string): unknown {
  if (url.endsWith('/attempts')) return omit(body, ['attempt_id']);
  if (url.endsWith('/rollouts/search')) return omit(body, ADDED_FILTERS);
  if (!url.endsWith('/enqueue')) return omit(body, ADDED_FIELDS);
  const rollouts = body['rollouts'] as Record<string, unknown>[];
  return { rollouts: rollouts.map((rollout) => omit(rollout, ADDED_ROLLOUT_FIELDS)) };
}

function omit(record: Record<string, unknown>, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}
