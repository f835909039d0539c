/** How rollouts and attempts are written in columns. */
import {
  type Attempt,
  type AttemptedRollout,
  type AttemptStatus,
  type Rollout,
  type RolloutConfig,
  type RolloutMode,
  type RolloutStatus,
  recordCodec,
  rolloutConfigSchema,
} from '@agentlightning/core';
import type { SqlRow } from './sql.ts';

/**
 * Stands for a field that was not read. The rules hand it on as they hand on every field they do not change, so what
 * comes back as something else is new.
 */
export const UNREAD = Object.freeze({}) as never;

/** A rollout's row and its latest attempt, without what is stored apart. */
export const SELECT_ROLLOUT = `SELECT r.seq, r.rollout_id, r.status, r.priority, r.start_time, r.end_time, r.mode, r.resources_id, r.config,
  r.request_hash, r.span_counter, a.sequence_id, a.attempt_id, a.start_time AS attempt_start_time, a.end_time AS attempt_end_time,
  a.status AS attempt_status, a.worker_id, a.last_heartbeat_time, a.metadata AS attempt_metadata
  FROM rollouts r LEFT JOIN attempts a ON a.rollout_seq = r.seq AND a.sequence_id = r.latest_attempt`;

/** The same with what is stored apart. */
export const SELECT_WHOLE_ROLLOUT = SELECT_ROLLOUT.replace(
  ' FROM rollouts r',
  ', b.input, b.metadata FROM rollouts r JOIN rollout_bodies b ON b.seq = r.seq',
).replace(/\s+/g, ' ');

/** An attempt's row under the names of {@link SELECT_ROLLOUT}. */
export const SELECT_ATTEMPT = `SELECT r.rollout_id, a.sequence_id, a.attempt_id, a.start_time AS attempt_start_time, a.end_time AS attempt_end_time,
  a.status AS attempt_status, a.worker_id, a.last_heartbeat_time, a.metadata AS attempt_metadata
  FROM attempts a JOIN rollouts r ON r.seq = a.rollout_seq`;

/** A rollout with its input and metadata unread. */
export function toRolloutHead(row: SqlRow): Rollout {
  return { ...toHead(row), input: UNREAD, metadata: UNREAD };
}

/** A row of {@link SELECT_WHOLE_ROLLOUT}. */
export function toRollout(row: SqlRow): Rollout {
  return {
    ...toHead(row),
    input: JSON.parse(row['input'] as string),
    metadata: JSON.parse(row['metadata'] as string) as Rollout['metadata'],
  };
}

/** The latest attempt of a row, if it has one. */
export function toAttempt(row: SqlRow): Attempt | undefined {
  const sequenceId = row['sequence_id'] as number | null;
  if (sequenceId === null) return undefined;
  const metadata = row['attempt_metadata'] as string | null;
  return {
    rolloutId: row['rollout_id'] as string,
    attemptId: row['attempt_id'] as string,
    sequenceId,
    startTime: row['attempt_start_time'] as number,
    endTime: row['attempt_end_time'] as number | null,
    status: row['attempt_status'] as AttemptStatus,
    workerId: row['worker_id'] as string | null,
    lastHeartbeatTime: row['last_heartbeat_time'] as number | null,
    metadata: metadata === null ? null : (JSON.parse(metadata) as Attempt['metadata']),
  };
}

/** A row of {@link SELECT_WHOLE_ROLLOUT} as callers get it. */
export function toRolloutWithAttempt(row: SqlRow): Rollout | AttemptedRollout {
  const rollout = toRollout(row);
  const attempt = toAttempt(row);
  return attempt === undefined ? rollout : { ...rollout, attempt };
}

const configCodec = recordCodec(rolloutConfigSchema);

/** Few configs make many rollouts: those seen lately, by their text. Never handed out, only copied. */
const configs = new Map<string, RolloutConfig>();
const MAX_CONFIGS = 100;

/** The text of a config. */
export function configText(config: RolloutConfig): string {
  return JSON.stringify(configCodec.encode(config));
}

function toConfig(text: string): RolloutConfig {
  let config = configs.get(text);
  if (config === undefined) {
    config = configCodec.decode(JSON.parse(text));
    if (configs.size >= MAX_CONFIGS) configs.clear();
    configs.set(text, config);
  }
  return { ...config, retryCondition: [...config.retryCondition] };
}

function toHead(row: SqlRow): Omit<Rollout, 'input' | 'metadata'> {
  return {
    rolloutId: row['rollout_id'] as string,
    startTime: row['start_time'] as number,
    endTime: row['end_time'] as number | null,
    mode: row['mode'] as RolloutMode | null,
    resourcesId: row['resources_id'] as string | null,
    status: row['status'] as RolloutStatus,
    config: toConfig(row['config'] as string),
    priority: row['priority'] as number,
  };
}
