import { applyWorkerEffect, type Worker, type WorkerEffect, type WorkerStatus } from '@agentlightning/core';
import type { Sql, SqlRow } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';

const SELECT = 'SELECT * FROM workers';
const UPSERT = `INSERT INTO workers (worker_id, status, heartbeat_stats, last_heartbeat_time, last_dequeue_time, last_busy_time, last_idle_time,
  current_rollout_id, current_attempt_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (worker_id) DO UPDATE SET status = excluded.status, heartbeat_stats = excluded.heartbeat_stats,
  last_heartbeat_time = excluded.last_heartbeat_time, last_dequeue_time = excluded.last_dequeue_time, last_busy_time = excluded.last_busy_time,
  last_idle_time = excluded.last_idle_time, current_rollout_id = excluded.current_rollout_id, current_attempt_id = excluded.current_attempt_id`;

/**
 * The workers. A worker with many slots changes with each claim and each report, so what changes within one transaction
 * is written once, at its end.
 */
export class WorkerRows {
  readonly #sql: Sql;
  readonly #counts: StoreCounts;
  /** Of the operation that is running. */
  readonly #touched = new Map<string, Worker>();
  readonly #made = new Set<string>();
  /** Of the operations before it in the same transaction. */
  readonly #changed = new Map<string, Worker>();

  constructor(sql: Sql, counts: StoreCounts) {
    this.#sql = sql;
    this.#counts = counts;
  }

  /** Changes a worker, which its first mention makes. */
  affect(effect: WorkerEffect, now: number): void {
    const { workerId } = effect;
    const known = this.current(workerId);
    const worker = applyWorkerEffect(known, effect, now);
    if (known === undefined) this.#made.add(workerId);
    this.#touched.set(workerId, worker);
  }

  /** The worker as the operation that is running has it. */
  current(workerId: string): Worker | undefined {
    return this.#touched.get(workerId) ?? this.#changed.get(workerId) ?? this.find(workerId);
  }

  /** The worker as the last transaction left it. */
  find(workerId: string): Worker | undefined {
    const row = this.#sql.get(`${SELECT} WHERE worker_id = ?`, workerId);
    return row === undefined ? undefined : toWorker(row);
  }

  /** All workers, in the order of their first mention. */
  all(): Worker[] {
    return this.#sql.all(`${SELECT} ORDER BY seq`).map(toWorker);
  }

  /** The operation is done. */
  keep(): void {
    for (const [workerId, worker] of this.#touched) this.#changed.set(workerId, worker);
    this.#counts.add('workers', this.#made.size);
    this.discard();
  }

  /** The operation refused. */
  discard(): void {
    this.#touched.clear();
    this.#made.clear();
  }

  /** The transaction ends. */
  save(): void {
    for (const worker of this.#changed.values()) this.#sql.run(UPSERT, ...toRow(worker));
  }

  /** A new transaction begins. */
  clear(): void {
    this.#changed.clear();
    this.discard();
  }
}

function toWorker(row: SqlRow): Worker {
  const stats = row['heartbeat_stats'] as string | null;
  return {
    workerId: row['worker_id'] as string,
    status: row['status'] as WorkerStatus,
    heartbeatStats: stats === null ? null : (JSON.parse(stats) as Record<string, unknown>),
    lastHeartbeatTime: row['last_heartbeat_time'] as number | null,
    lastDequeueTime: row['last_dequeue_time'] as number | null,
    lastBusyTime: row['last_busy_time'] as number | null,
    lastIdleTime: row['last_idle_time'] as number | null,
    currentRolloutId: row['current_rollout_id'] as string | null,
    currentAttemptId: row['current_attempt_id'] as string | null,
  };
}

function toRow(worker: Worker): (string | number | null)[] {
  return [
    worker.workerId,
    worker.status,
    worker.heartbeatStats === null ? null : JSON.stringify(worker.heartbeatStats),
    worker.lastHeartbeatTime,
    worker.lastDequeueTime,
    worker.lastBusyTime,
    worker.lastIdleTime,
    worker.currentRolloutId,
    worker.currentAttemptId,
  ];
}
