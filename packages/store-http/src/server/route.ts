import { failpoint } from '@agentlightning/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operation, OperationInput, OperationReply } from '../operation.ts';
import { RequestRefusedError } from './request-refused-error.ts';
import { schemaProblems } from './schema-problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation that the route serves. */
    operation?: Operation;
  }
}

/** The exchange a handler is part of, for those that care whether somebody still listens. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Serves an operation: reads the request by its codecs, and writes what `handle` answers. */
export function addRoute<O extends Operation>(
  app: FastifyInstance,
  operation: O,
  handle: (input: OperationInput<O>, exchange: Exchange) => Promise<OperationReply<O>>,
  options: { readonly bulkBodyBytes: number },
): void {
  const { query, body, reply: replyCodec } = operation;
  app.route({
    method: operation.method,
    url: operation.path,
    config: { operation: operation },
    ...(operation.bulk ? { bodyLimit: options.bulkBodyBytes } : {}),
    handler: async (request, reply) => {
      // The router takes `/rollouts/` for the rollout whose id is empty.
      if (Object.values(request.params as object).includes('')) throw new RequestRefusedError(404, 'Not Found');
      const input = {
        params: request.params,
        query: query === undefined ? undefined : parsePart('query', query, request.query),
        body: body === undefined ? undefined : parsePart('body', body, request.body),
      };
      const answer = await handle(input as OperationInput<O>, { request, reply });
      failpoint('reply.before');
      reply.code(operation.status).header('content-type', 'application/json');
      return JSON.stringify(replyCodec.encode(answer));
    },
  });
}

function parsePart(part: 'query' | 'body', codec: { parse(wire: unknown): unknown }, input: unknown): unknown {
  try {
    return codec.parse(input);
  } catch (error) {
    if (error instanceof z.ZodError) throw new RequestRefusedError(422, schemaProblems(error, part, input));
    throw error;
  }
}
