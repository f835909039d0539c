import { describe, expect, it } from 'vitest';
import type { WorkerWire } from '../store/records.ts';
import { ageOfWorker, formatAge } from './worker-age.ts';

const worker = (given: Partial<WorkerWire>): WorkerWire => ({
  worker_id: 'w',
  status: 'idle',
  heartbeat_stats: null,
  last_heartbeat_time: null,
  last_dequeue_time: null,
  last_busy_time: null,
  last_idle_time: null,
  current_rollout_id: null,
  current_attempt_id: null,
  ...given,
});

describe('ageOfWorker()', () => {
  it('counts from whatever was last heard', () => {
    expect(ageOfWorker(worker({ last_heartbeat_time: 10, last_dequeue_time: 95 }), 100)).toEqual({
      seconds: 5,
      time: 95,
      isStale: false,
    });
  });

  it('takes one for gone that was silent for half a minute, or never heard of', () => {
    expect(ageOfWorker(worker({ last_heartbeat_time: 60 }), 100)).toEqual({ seconds: 40, time: 60, isStale: true });
    expect(ageOfWorker(worker({}), 100)).toEqual({ seconds: null, time: null, isStale: true });
  });

  it('is none on a clock that is behind', () => {
    expect(ageOfWorker(worker({ last_busy_time: 120 }), 100)).toEqual({ seconds: 0, time: 120, isStale: false });
  });
});

describe('formatAge()', () => {
  it.each([
    [4.4, '4 s ago'],
    [89, '89 s ago'],
    [120, '2 min ago'],
    [7200, '2 h ago'],
    [300_000, '3 d ago'],
  ])('of %d seconds is %s', (seconds, text) => expect(formatAge(seconds)).toBe(text));
});
