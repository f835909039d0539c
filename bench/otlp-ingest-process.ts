// A program of its own: the store's server, and one beside it that only unpacks and decodes.
import type { Readable } from 'node:stream';
import { InMemoryLightningStore } from '@agentlightning/core';
import { LightningStoreServer } from '@agentlightning/store-http/server';
import Fastify from 'fastify';
// The very same parts, so that what is left is everything else that a server does.
import { decodeProtobufTraces } from '../packages/store-http/src/otlp/decode-protobuf.ts';
import { readOtlpBody } from '../packages/store-http/src/otlp/request-body.ts';
import { answerQuestions } from './forked.ts';

/** What the process is asked. */
export type IngestQuestion = { readonly type: 'open' } | { readonly type: 'cpu' };

/** Where it listens and which attempts there are, or the processor time that it has used, microseconds. */
export type IngestAnswer =
  | {
      readonly storeUrl: string;
      readonly decodeUrl: string;
      readonly rollouts: readonly { readonly rolloutId: string; readonly attemptId: string }[];
    }
  | { readonly microseconds: number };

const ROLLOUTS = 16;
const MAX_BYTES = 32 * 1024 ** 2;

const store = new InMemoryLightningStore();
const server = await LightningStoreServer.start(store, { token: null });
const decoder = Fastify();
decoder.removeAllContentTypeParsers();
decoder.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
decoder.post('/v1/traces', async (request, reply) => {
  const bytes = await readOtlpBody(request.body as Readable, request.headers['content-encoding'], MAX_BYTES);
  decodeProtobufTraces(bytes);
  return reply.header('content-type', 'application/x-protobuf').send(Buffer.alloc(0));
});
const decodeUrl = await decoder.listen({ port: 0, host: '127.0.0.1' });

answerQuestions<IngestQuestion, IngestAnswer>(
  async ({ type }) => {
    if (type === 'cpu') {
      const { user, system } = process.cpuUsage();
      return { microseconds: user + system };
    }
    const rollouts = await Promise.all(Array.from({ length: ROLLOUTS }, () => store.startRollout({ input: 'task' })));
    return {
      storeUrl: server.url,
      decodeUrl,
      rollouts: rollouts.map(({ rolloutId, attempt: { attemptId } }) => ({ rolloutId, attemptId })),
    };
  },
  async () => {
    await Promise.all([server.close(), decoder.close()]);
    await store.close();
  },
);
