import type { AttemptWire, RolloutWire } from '../src/page/store/records.ts';

/** An attempt as the server sends it, with what a test says of it. */
export function wireAttempt(given: Partial<AttemptWire> = {}): AttemptWire {
  return {
    rollout_id: 'ro-1',
    attempt_id: 'at-1',
    sequence_id: 1,
    start_time: 100,
    end_time: 101,
    status: 'succeeded',
    worker_id: 'w-1',
    last_heartbeat_time: null,
    metadata: null,
    ...given,
  };
}

/** A rollout as the server sends it, with what a test says of it. */
export function wireRollout(given: Partial<RolloutWire> = {}): RolloutWire {
  return {
    rollout_id: 'ro-1',
    input: { task: 1 },
    start_time: 100,
    end_time: 101,
    mode: 'train',
    resources_id: 'rs-1',
    status: 'succeeded',
    config: { timeout_seconds: 30, unresponsive_seconds: 60, max_attempts: 3, retry_condition: ['timeout'] },
    metadata: {},
    priority: 0,
    ...given,
  };
}
