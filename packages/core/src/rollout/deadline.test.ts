import { describe, expect, it } from 'vitest';
import type { Attempt } from './attempt.ts';
import { deadlineOf, passedDeadline } from './deadline.ts';
import { ROLLOUT_STATUSES, type Rollout, rolloutConfigSchema } from './rollout.ts';

const rolloutOf = (fields: Partial<Rollout> = {}): Rollout => ({
  rolloutId: 'ro-1',
  input: null,
  startTime: 0,
  endTime: null,
  mode: null,
  resourcesId: null,
  status: 'running',
  config: rolloutConfigSchema.parse({ timeoutSeconds: 50, unresponsiveSeconds: 10 }),
  metadata: {},
  priority: 0,
  ...fields,
});

const attemptOf = (fields: Partial<Attempt> = {}): Attempt => ({
  rolloutId: 'ro-1',
  attemptId: 'at-1',
  sequenceId: 1,
  startTime: 100,
  endTime: null,
  status: 'running',
  workerId: null,
  lastHeartbeatTime: null,
  metadata: null,
  ...fields,
});

describe('deadlineOf()', () => {
  it('is the earlier of the two limits', () => {
    expect(deadlineOf(rolloutOf(), attemptOf())).toBe(110);
    expect(deadlineOf(rolloutOf(), attemptOf({ lastHeartbeatTime: 130 }))).toBe(140);
    expect(deadlineOf(rolloutOf(), attemptOf({ lastHeartbeatTime: 149 }))).toBe(150);
  });

  it('exists only while the rollout is worked on by an attempt that has not ended', () => {
    for (const status of ROLLOUT_STATUSES) {
      const isWorkedOn = status === 'preparing' || status === 'running';
      expect(deadlineOf(rolloutOf({ status }), attemptOf()) !== undefined, status).toBe(isWorkedOn);
    }
    expect(deadlineOf(rolloutOf(), undefined)).toBeUndefined();
    expect(deadlineOf(rolloutOf(), attemptOf({ status: 'failed' }))).toBeUndefined();
    expect(deadlineOf(rolloutOf({ config: rolloutConfigSchema.parse({}) }), attemptOf())).toBeUndefined();
  });

  it('an attempt that is unresponsive already can still time out', () => {
    expect(deadlineOf(rolloutOf(), attemptOf({ status: 'unresponsive' }))).toBe(150);
  });

  it('waits for reports after the store was opened, and first for a sign of life', () => {
    const old = attemptOf({ startTime: 100, lastHeartbeatTime: 1_000 });
    expect(deadlineOf(rolloutOf(), old, 1_000)).toBe(1_010);
    expect(passedDeadline(rolloutOf(), old, 1_011, 1_000)).toBe('unresponsive');
    expect(passedDeadline(rolloutOf(), old, 1_041, 1_000)).toBe('timeout');
    const heard = attemptOf({ startTime: 100, lastHeartbeatTime: 1_035 });
    expect(deadlineOf(rolloutOf(), heard, 1_000)).toBe(1_040);
    const patient = rolloutOf({ config: rolloutConfigSchema.parse({ timeoutSeconds: 50 }) });
    expect(deadlineOf(patient, old, 1_000)).toBe(1_030);
    expect(deadlineOf(patient, attemptOf({ startTime: 990 }), 1_000)).toBe(1_040);
    expect(deadlineOf(patient, attemptOf({ startTime: 1_000 }), 1_000)).toBe(1_050);
  });

  it('has passed exactly when passedDeadline() says why', () => {
    const fractions = [0.1, 1 / 3, 1e-6];
    for (const fraction of fractions) {
      const config = rolloutConfigSchema.parse({ unresponsiveSeconds: 10 + fraction });
      const attempt = attemptOf({ startTime: 1_700_000_000 + fraction });
      const at = deadlineOf(rolloutOf({ config }), attempt) ?? Number.NaN;
      expect(passedDeadline(rolloutOf({ config }), attempt, at)).toBeUndefined();
      expect(passedDeadline(rolloutOf({ config }), attempt, at + 1e-6)).toBe('unresponsive');
    }
  });
});
