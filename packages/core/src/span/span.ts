import { z } from 'zod';

/** Parses a {@link SpanAttributeValue}. */
export const spanAttributeValueSchema = z.union([
  z.string(),
  z.boolean(),
  z.number(),
  z.array(z.string()),
  z.array(z.boolean()),
  z.array(z.number()),
]);

/** What a span attribute can hold, as in OpenTelemetry: a primitive, or a list of primitives of one type. */
export type SpanAttributeValue = z.output<typeof spanAttributeValueSchema>;

/** Parses {@link SpanAttributes}. */
export const spanAttributesSchema = z.record(z.string(), spanAttributeValueSchema);

/** Attributes by dotted key. The codec never changes their case. */
export type SpanAttributes = Readonly<Record<string, SpanAttributeValue>>;

/** OpenTelemetry's status codes. */
export const SPAN_STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;

/** Parses a {@link SpanStatus}. */
export const spanStatusSchema = z.looseObject({
  statusCode: z.enum(SPAN_STATUS_CODES),
  description: z.string().nullable().default(null),
});

/** How the work behind a span ended. */
export type SpanStatus = z.output<typeof spanStatusSchema>;

/** Parses a {@link SpanContext}. */
export const spanContextSchema = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  isRemote: z.boolean(),
  traceState: z.record(z.string(), z.string()),
});

/** OpenTelemetry's span context. */
export type SpanContext = z.output<typeof spanContextSchema>;

/** Parses a {@link SpanEvent}. */
export const spanEventSchema = z.looseObject({
  name: z.string(),
  attributes: spanAttributesSchema,
  timestamp: z.number().nullable().default(null),
});

/** Something that happened at one moment within a span. `timestamp` in seconds since the Unix epoch. */
export type SpanEvent = z.output<typeof spanEventSchema>;

/** Parses a {@link SpanLink}. */
export const spanLinkSchema = z.looseObject({
  context: spanContextSchema,
  attributes: spanAttributesSchema.nullable().default(null),
});

/** A pointer to another span. */
export type SpanLink = z.output<typeof spanLinkSchema>;

/** Parses a {@link SpanResource}. Here alone keys that are not listed are dropped, as upstream drops them. */
export const spanResourceSchema = z.object({ attributes: spanAttributesSchema, schemaUrl: z.string() });

/** What emitted the span. */
export type SpanResource = z.output<typeof spanResourceSchema>;

/** Parses a {@link Span}. Keys that are not listed are kept, as upstream keeps them. */
export const spanSchema = z.looseObject({
  rolloutId: z.string(),
  attemptId: z.string(),
  sequenceId: z.number().int(),
  traceId: z.string(),
  spanId: z.string(),
  parentId: z.string().nullable(),
  name: z.string(),
  status: spanStatusSchema,
  attributes: spanAttributesSchema,
  events: z.array(spanEventSchema),
  links: z.array(spanLinkSchema),
  startTime: z.number().nullable(),
  endTime: z.number().nullable(),
  context: spanContextSchema.nullable(),
  parent: spanContextSchema.nullable(),
  resource: spanResourceSchema,
});

/**
 * One recorded piece of work of one attempt: a model call, a tool call, a reward, a message.
 *
 * The key is (rolloutId, attemptId, spanId). `sequenceId` orders spans within the rollout; several may share one. Times
 * are seconds since the Unix epoch. Mirrors upstream `Span` (v0.3.0).
 */
export type Span = z.output<typeof spanSchema>;

/** Parses a {@link SpanInput}. */
export const spanInputSchema = spanSchema.extend({ sequenceId: z.number().int().nullable() });

/** A span on its way into a store: `sequenceId: null` asks the store to number it on arrival, in the order of the batch. */
export type SpanInput = z.output<typeof spanInputSchema>;

/** What a {@link Tracer} or an emitter has to say of a span; the rest is filled in where it is recorded. */
export interface SpanDraft {
  readonly name: string;
  readonly attributes: SpanAttributes;
  /** Default: `{ statusCode: 'OK' }`. */
  readonly status?: { readonly statusCode: SpanStatus['statusCode']; readonly description?: string | null };
  /** 32 hex digits. Default: the trace of the attempt. */
  readonly traceId?: string;
  /** 16 hex digits. Default: a new one. */
  readonly spanId?: string;
  /** Default: the operation that is open in this async context, or `null`. */
  readonly parentId?: string | null;
  /** Seconds since the epoch. Default: now. */
  readonly startTime?: number;
  /** Seconds since the epoch. Default: now. */
  readonly endTime?: number;
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
}
