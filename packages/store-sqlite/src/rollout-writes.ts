import type { Attempt, Rollout } from '@agentlightning/core';
import { configText, UNREAD } from './rollout-records.ts';
import type { Sql } from './sql.ts';

/** A rollout as the operation that is running has it. Its input and metadata are {@link UNREAD} unless they were changed. */
export interface RolloutRow {
  readonly seq: number;
  rollout: Rollout;
  latest: Attempt | undefined;
  spanCounter: number;
  /** A new place in the queue. */
  ticket: number | null;
  readonly requestHash: string | null;
}

/** What a claim was made under. */
export interface ClaimMark {
  readonly claimId: string;
  readonly workerId: string | undefined;
  /** Which of the claims under this id, from 0. */
  readonly position: number;
}

/** An attempt that is to be written. */
export interface ChangedAttempt {
  readonly attempt: Attempt;
  readonly isNew: boolean;
  readonly mark: ClaimMark | undefined;
}

const INSERT_ROLLOUT = `INSERT INTO rollouts (rollout_id, status, priority, ticket, start_time, end_time, mode, resources_id, config,
  request_hash, latest_attempt, span_counter) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`;
const UPDATE_ATTEMPT = `UPDATE attempts SET end_time = ?, status = ?, worker_id = ?, last_heartbeat_time = ?, metadata = ?
  WHERE rollout_seq = ? AND sequence_id = ?`;
const INSERT_ATTEMPT = `INSERT INTO attempts (rollout_seq, sequence_id, attempt_id, start_time, end_time, status, worker_id,
  last_heartbeat_time, metadata, claim_id, claim_worker_id, claim_position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const UPDATE_ROLLOUT = `UPDATE rollouts SET status = ?, ticket = COALESCE(?, ticket), end_time = ?, mode = ?, resources_id = ?, config = ?,
  latest_attempt = ?, span_counter = ? WHERE seq = ?`;

/** Adds a rollout. @returns its place in the order of storage */
export function insertRollout(
  sql: Sql,
  rollout: Rollout,
  more: { readonly ticket: number; readonly requestHash: string | null; readonly spanCounter: number },
): number {
  const seq = sql.insert(
    INSERT_ROLLOUT,
    ...[
      rollout.rolloutId,
      rollout.status,
      rollout.priority,
      more.ticket,
      rollout.startTime,
      rollout.endTime,
      rollout.mode,
    ],
    ...[rollout.resourcesId, configText(rollout.config), more.requestHash, more.spanCounter],
  );
  sql.run(
    'INSERT INTO rollout_bodies (seq, input, metadata) VALUES (?, ?, ?)',
    ...[seq, JSON.stringify(rollout.input), JSON.stringify(rollout.metadata)],
  );
  return seq;
}

/** Writes a rollout that has changed. */
export function writeRollout(sql: Sql, row: RolloutRow): void {
  const { status, endTime, mode, resourcesId, config, input, metadata } = row.rollout;
  sql.run(
    UPDATE_ROLLOUT,
    ...[status, row.ticket, endTime, mode, resourcesId, configText(config), row.latest?.sequenceId ?? 0],
    ...[row.spanCounter, row.seq],
  );
  if (input !== UNREAD) sql.run('UPDATE rollout_bodies SET input = ? WHERE seq = ?', JSON.stringify(input), row.seq);
  if (metadata !== UNREAD) {
    sql.run('UPDATE rollout_bodies SET metadata = ? WHERE seq = ?', JSON.stringify(metadata), row.seq);
  }
}

/** Writes an attempt that is new or has changed. */
export function writeAttempt(sql: Sql, row: RolloutRow, { attempt, isNew, mark }: ChangedAttempt): void {
  const { sequenceId, startTime, endTime, status, workerId, lastHeartbeatTime } = attempt;
  const metadata = attempt.metadata === null ? null : JSON.stringify(attempt.metadata);
  if (!isNew) {
    sql.run(UPDATE_ATTEMPT, endTime, status, workerId, lastHeartbeatTime, metadata, row.seq, sequenceId);
    return;
  }
  sql.run(
    INSERT_ATTEMPT,
    ...[row.seq, sequenceId, attempt.attemptId, startTime, endTime, status, workerId, lastHeartbeatTime, metadata],
    ...[mark?.claimId ?? null, mark?.workerId ?? null, mark?.position ?? null],
  );
}
