import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { LightningError } from '../errors/lightning-error.ts';
import { attemptStatusSchema } from '../rollout/attempt.ts';
import {
  type Rollout,
  type RolloutConfig,
  type RolloutMode,
  type RolloutStatus,
  rolloutConfigSchema,
  rolloutModeSchema,
  rolloutStatusSchema,
} from '../rollout/rollout.ts';
import type { AttemptChanges, RolloutChanges } from '../rollout/transition.ts';
import { copyJson } from './json-copy.ts';
import type { AttemptPatch, EnqueueRolloutRequest, RolloutPatch } from './lightning-store.ts';

/** A checked {@link EnqueueRolloutRequest}: copied, defaults filled in. Plain JSON. */
export interface ResolvedRolloutRequest {
  readonly input: unknown;
  readonly mode: RolloutMode | null;
  /** `null`: the latest snapshot when the rollout is made. */
  readonly resourcesId: string | null;
  readonly config: RolloutConfig;
  readonly metadata: Record<string, unknown>;
  readonly priority: number;
  /** Whether it waits in the queue or was started at once. */
  readonly via: 'queue' | 'start';
  /** `undefined`: the store makes one. */
  readonly rolloutId: string | undefined;
}

/** Ids end up in URL paths that upstream's client does not escape, and `search` and `latest` are names of routes there. */
const URL_SAFE_ID = /^(?!(?:search|latest|\.{1,2})$)[\w.~:@+=,-]{1,256}$/;

// Once: a schema takes longer to make than to use.
const nullableModeSchema = rolloutModeSchema.nullable();

/**
 * Checks and copies a request.
 * @throws LightningError `INVALID_ARGUMENT` naming what is wrong
 */
export function resolveRolloutRequest(request: EnqueueRolloutRequest, via: 'queue' | 'start'): ResolvedRolloutRequest {
  const { rolloutId, priority = 0 } = request;
  checkChosenId('rolloutId', rolloutId);
  if (!Number.isSafeInteger(priority)) throw invalid('priority', 'must be a whole number', priority);
  return {
    input: copyJson(request.input, 'input'),
    mode: checked(nullableModeSchema, request.mode ?? null, 'mode'),
    resourcesId: request.resourcesId ?? null,
    config: checked(rolloutConfigSchema, request.config ?? {}, 'config'),
    metadata: copyRecord(request.metadata ?? {}, 'metadata'),
    // JSON has no −0.
    priority: priority + 0,
    via,
    rolloutId,
  };
}

/**
 * Checks an id that a caller chose.
 * @throws LightningError `INVALID_ARGUMENT`
 */
export function checkChosenId(name: string, id: string | undefined): void {
  if (id === undefined || (typeof id === 'string' && URL_SAFE_ID.test(id))) return;
  throw invalid(name, 'must be a URL-safe id of at most 256 characters', id);
}

/** Whether a request repeats the one that made a rollout, so that sending it twice is the same as once. */
export function isSameRequest(a: ResolvedRolloutRequest, b: ResolvedRolloutRequest): boolean {
  return isDeepStrictEqual(a, b);
}

/**
 * The record that a request makes.
 *
 * @param made - its id, the time in seconds since the epoch, and the id of the latest snapshot or `null`
 */
export function newRollout(
  request: ResolvedRolloutRequest,
  made: {
    readonly rolloutId: string;
    readonly now: number;
    readonly latestResourcesId: string | null;
    readonly status: RolloutStatus;
  },
): Rollout {
  return {
    rolloutId: made.rolloutId,
    input: request.input,
    startTime: made.now,
    endTime: null,
    mode: request.mode,
    resourcesId: request.resourcesId ?? made.latestResourcesId,
    status: made.status,
    config: request.config,
    metadata: request.metadata,
    priority: request.priority,
  };
}

/**
 * Checks and copies an operator's patch.
 * @throws LightningError `INVALID_ARGUMENT`; `status` and `config` cannot be `null`
 */
export function resolveRolloutPatch(patch: RolloutPatch): RolloutChanges {
  const { input, mode, resourcesId, status, config, metadata } = patch;
  return {
    ...(input === undefined ? {} : { input: copyJson(input, 'input') }),
    ...(mode === undefined ? {} : { mode: checked(nullableModeSchema, mode, 'mode') }),
    ...(resourcesId === undefined ? {} : { resourcesId }),
    ...(status === undefined ? {} : { status: checked(rolloutStatusSchema, status, 'status') }),
    ...(config === undefined ? {} : { config: checked(rolloutConfigSchema, config, 'config') }),
    ...(metadata === undefined ? {} : { metadata: metadata === null ? null : copyRecord(metadata, 'metadata') }),
  };
}

/**
 * Checks and copies what is reported of an attempt.
 * @throws LightningError `INVALID_ARGUMENT`; nothing can be `null`
 */
export function resolveAttemptPatch(patch: AttemptPatch): AttemptChanges {
  const { status, workerId, lastHeartbeatTime, metadata, givenBack = false } = patch;
  if (workerId !== undefined && typeof workerId !== 'string') throw invalid('workerId', 'must be a string', workerId);
  if (lastHeartbeatTime !== undefined && !Number.isFinite(lastHeartbeatTime)) {
    throw invalid('lastHeartbeatTime', 'must be a time in seconds', lastHeartbeatTime);
  }
  if (typeof givenBack !== 'boolean') throw invalid('givenBack', 'must be true or false', givenBack);
  if (givenBack && status !== 'unresponsive') {
    throw invalid('givenBack', "is for attempts that are reported 'unresponsive', and not", status);
  }
  const changes: { -readonly [Field in keyof AttemptChanges]: AttemptChanges[Field] } = {};
  if (givenBack) changes.givenBack = true;
  if (status !== undefined) changes.status = checked(attemptStatusSchema, status, 'status');
  if (workerId !== undefined) changes.workerId = workerId;
  if (lastHeartbeatTime !== undefined) changes.lastHeartbeatTime = lastHeartbeatTime;
  if (metadata !== undefined) changes.metadata = copyRecord(metadata, 'metadata');
  return changes;
}

/** A copy of a JSON object. @throws LightningError `INVALID_ARGUMENT` */
export function copyRecord(value: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, 'must be an object', value);
  }
  return copyJson(value, name) as Record<string, unknown>;
}

function checked<S extends z.ZodType>(schema: S, value: unknown, name: string): z.output<S> {
  const result = schema.safeParse(value);
  // Of objects and lists zod makes new ones, and these schemas have no user data in them.
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [name, ...(issue?.path ?? [])].join('.');
  throw new LightningError('INVALID_ARGUMENT', `Cannot accept '${path}': ${issue?.message}`, { details: { path } });
}

function invalid(name: string, wanted: string, value: unknown): LightningError {
  return new LightningError(
    'INVALID_ARGUMENT',
    `Cannot accept the request as '${name}' ${wanted}: current value is ${String(value)}`,
    { details: { path: name } },
  );
}
