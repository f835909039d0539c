import type { Readable } from 'node:stream';
import { isLightningError, type LightningStore, type SpanInput } from '@agentlightning/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CODE_HEADER } from '../../features.ts';
import { decodeJsonTraces } from '../../otlp/decode-json.ts';
import { decodeProtobufTraces } from '../../otlp/decode-protobuf.ts';
import { OtlpPayloadError, OtlpTooLargeError } from '../../otlp/otlp-trace.ts';
import { CONTENT_TYPES, exportReply, type OtlpFormat, statusReply } from '../../otlp/reply.ts';
import { readOtlpBody } from '../../otlp/request-body.ts';
import { spansOfTraces } from '../../otlp/spans-of-traces.ts';
import { errorReply } from '../error-reply.ts';
import { RequestRefusedError } from '../request-refused-error.ts';
import type { ServerContext } from '../server-context.ts';

/** O1 and O2: traces over OTLP/HTTP, as protobuf or JSON; the other signals are not taken. */
export async function otlpRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  // The handler reads the body itself, within a bound that also holds for what it unpacks to.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.post('/v1/traces', (request, reply) => takeTraces(context, request, reply));
  for (const path of ['/v1/metrics', '/v1/logs', '/v1/development/profiles']) {
    app.post(path, async (_request, reply) => reply.code(501).send());
  }
}

async function takeTraces(context: ServerContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const format = formatOf(request.headers['content-type']);
  reply.header('content-type', CONTENT_TYPES[format ?? 'protobuf']);
  try {
    if (format === undefined) throw unsupported(request.headers['content-type']);
    const { 'content-encoding': encoding } = request.headers;
    const bytes = await readOtlpBody(request.body as Readable | undefined, encoding, context.bulkBodyBytes);
    const traces = format === 'json' ? decodeJsonTraces(bytes) : decodeProtobufTraces(bytes);
    const { spans, refused, unattributed } = spansOfTraces(traces);
    if (unattributed > 0) {
      context.logger.warn({ spans: unattributed }, 'Skipped OTLP spans without the ids of a rollout and an attempt');
    }
    const rejected = [...refused, ...(await store(context.store, spans))];
    return reply.send(exportReply(format, rejected.length, [...new Set(rejected)].join('; ')));
  } catch (error) {
    return refuse(error, format ?? 'protobuf', reply);
  }
}

/** Only the media type counts, in any case. */
function formatOf(contentType: string | undefined): OtlpFormat | undefined {
  const mediaType = mediaTypeOf(contentType).toLowerCase();
  return (Object.keys(CONTENT_TYPES) as OtlpFormat[]).find((format) => CONTENT_TYPES[format] === mediaType);
}

function mediaTypeOf(contentType = ''): string {
  return (contentType.split(';', 1)[0] ?? '').trim();
}

function unsupported(contentType: string | undefined): RequestRefusedError {
  const given = mediaTypeOf(contentType).slice(0, 100);
  return new RequestRefusedError(400, `Unsupported Content-Type '${given}', expected 'application/x-protobuf'`);
}

/**
 * Numbers first and stores then, as upstream does: numbers go to all spans that came without, in their order, before
 * numbers that were given count, and a duplicate uses one up.
 *
 * @returns why spans were not stored, a reason for each; the others are
 */
async function store(store: LightningStore, spans: readonly SpanInput[]): Promise<string[]> {
  if (spans.length === 0) return [];
  const unnumbered = spans.filter((span) => span.sequenceId === null);
  if (unnumbered.length > 0) {
    const sequenceIds = await store.getManySpanSequenceIds(unnumbered.map(keyOf));
    for (const [index, span] of unnumbered.entries()) span.sequenceId = sequenceIds[index] as number;
  }
  try {
    await store.addManySpans(spans, { handedOver: true });
    return [];
  } catch (error) {
    const unknown = isLightningError(error, 'NOT_FOUND') ? error.details['unknown'] : undefined;
    if (!Array.isArray(unknown)) throw error;
    return unknown.map(() => (error as Error).message);
  }
}

function keyOf({ rolloutId, attemptId }: SpanInput): { rolloutId: string; attemptId: string } {
  return { rolloutId, attemptId };
}

/** An exporter reads a `Status`, and only the HTTP status decides whether it tries again. */
function refuse(error: unknown, format: OtlpFormat, reply: FastifyReply): FastifyReply {
  const refusal =
    error instanceof OtlpPayloadError
      ? new RequestRefusedError(
          error instanceof OtlpTooLargeError ? 413 : 400,
          `Unable to parse OTLP traces payload: ${error.message}`,
        )
      : error;
  const { status, code, body, retryAfter, errorId } = errorReply(refusal);
  // What is the server's fault is logged and answered as on every other route.
  if (errorId !== undefined) throw error;
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  // The rest of a body that was refused half-way is not read.
  if (status === 413) reply.header('connection', 'close');
  return reply
    .code(status)
    .header(ERROR_CODE_HEADER, code)
    .send(statusReply(format, String(body['detail'])));
}
