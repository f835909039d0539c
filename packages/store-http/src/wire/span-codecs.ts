/** Spans as requests bring them. */
import { type Span, spanInputSchema, spanSchema } from '@agentlightning/core';
import { z } from 'zod';
import { requestCodec } from './codecs.ts';

/**
 * The largest number that a span may have. The next one is counted from it, and a double tells whole numbers apart up to
 * 2^53: beyond, all spans of the rollout would get the same.
 */
export const MAX_SEQUENCE_ID = 2 ** 52;

const sequenceId = z.number().int().max(MAX_SEQUENCE_ID);

/** A span with its number. */
export const spanBodyCodec = requestCodec<Span>(spanSchema.extend({ sequenceId }));

/** A span in a batch; `sequence_id: null` asks for a number. */
export const batchedSpanSchema = spanInputSchema.extend({ sequenceId: sequenceId.nullable() });
