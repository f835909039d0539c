import { z } from 'zod';
import {
  isNamedResources,
  type NamedResources,
  namedResourcesToWire,
  namedResourcesWireSchema,
  parseNamedResources,
} from '../resource/resource.ts';
import { attemptSchema } from '../rollout/attempt.ts';
import { attemptedRolloutSchema, rolloutConfigSchema, rolloutModeSchema, rolloutSchema } from '../rollout/rollout.ts';
import { workerSchema } from '../rollout/worker.ts';
import { spanInputSchema, spanSchema } from '../span/span.ts';
import { recordCodec, withWireForm } from './record-codec.ts';

/** Parses {@link NamedResources}: instances, on the TypeScript side. */
export const namedResourcesSchema = withWireForm(z.custom<NamedResources>(isNamedResources), {
  wireSchema: namedResourcesWireSchema,
  encode: namedResourcesToWire,
  decode: parseNamedResources,
});

/** Parses a `ResourcesUpdate`. */
export const resourcesUpdateSchema = z.object({
  resourcesId: z.string(),
  createTime: z.number(),
  updateTime: z.number(),
  version: z.number().int(),
  resources: namedResourcesSchema,
});

/** Parses an `EnqueueRolloutRequest`. */
export const enqueueRolloutRequestSchema = z.object({
  input: z.unknown(),
  mode: rolloutModeSchema.nullable().default(null),
  resourcesId: z.string().nullable().default(null),
  config: rolloutConfigSchema.nullable().default(null),
  metadata: z.record(z.string(), z.unknown()).nullable().default(null),
  priority: z.number().int().default(0),
  rolloutId: z.string().min(1).optional(),
});

/** Wire form of a rollout. */
export const rolloutCodec = recordCodec(rolloutSchema);
/** Wire form of a rollout with an attempt. */
export const attemptedRolloutCodec = recordCodec(attemptedRolloutSchema);
/**
 * Wire form of a rollout that has an attempt or none; one without must not carry the key `attempt`, not even `null`.
 */
export const rolloutMaybeAttemptedCodec = recordCodec(rolloutSchema.extend({ attempt: attemptSchema.optional() }));
/** Wire form of an attempt. */
export const attemptCodec = recordCodec(attemptSchema);
/** Wire form of a worker. */
export const workerCodec = recordCodec(workerSchema);
/** Wire form of a span. */
export const spanCodec = recordCodec(spanSchema);
/** Wire form of a span that may still lack its sequence id. */
export const spanInputCodec = recordCodec(spanInputSchema);
/** Wire form of a resources snapshot. */
export const resourcesUpdateCodec = recordCodec(resourcesUpdateSchema);
/** Wire form of named resources. */
export const namedResourcesCodec = recordCodec(namedResourcesSchema);
/** Wire form of a request to enqueue. */
export const enqueueRolloutRequestCodec = recordCodec(enqueueRolloutRequestSchema);
