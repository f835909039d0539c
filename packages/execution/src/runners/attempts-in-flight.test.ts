import { describe, expect, it } from 'vitest';
import { AttemptsInFlight } from './attempts-in-flight.ts';

const attempt = (number: number, timeoutSeconds: number | null = null) => ({
  number,
  rolloutId: `ro-${number}`,
  attemptId: `at-${number}`,
  timeoutSeconds,
});

function atWork(...numbers: readonly number[]): AttemptsInFlight {
  const inFlight = new AttemptsInFlight();
  inFlight.receive({ type: 'claimed', attempts: numbers.map((number) => attempt(number)) }, 0);
  return inFlight;
}

describe('AttemptsInFlight', () => {
  it('are those that began and have not ended', () => {
    const inFlight = atWork(1, 2, 3);
    inFlight.receive({ type: 'ended', numbers: [1, 3] }, 0);
    expect(inFlight.all.map(({ attemptId }) => attemptId)).toEqual(['at-2']);
  });

  it('have the deadline of the one whose time is up first, counted from when they began', () => {
    const inFlight = atWork(1);
    expect(inFlight.firstDeadline).toBe(Number.POSITIVE_INFINITY);
    inFlight.receive({ type: 'claimed', attempts: [attempt(2, 9), attempt(3, 2)] }, 500);
    expect(inFlight.firstDeadline).toBe(2500);
  });

  it('tell which one is overdue, if it is one', () => {
    const inFlight = new AttemptsInFlight();
    inFlight.receive({ type: 'claimed', attempts: [attempt(1), attempt(2, 1), attempt(3, 2)] }, 0);
    expect([500, 1500, 2500].map((now) => inFlight.overdueAt(now)?.attemptId)).toEqual([undefined, 'at-2', undefined]);
  });

  it('blame nobody among several as long as nothing is known', () => {
    expect(atWork(1, 2).culprit).toBeUndefined();
    expect(atWork().culprit).toBeUndefined();
  });

  it('blame the only one there is', () => {
    expect(atWork(1).culprit?.attemptId).toBe('at-1');
  });

  it('blame the one whose turn it was', () => {
    const inFlight = atWork(1, 2);
    new Int32Array(inFlight.turns())[0] = 2;
    expect(inFlight.culprit?.attemptId).toBe('at-2');
  });

  it('blame the one that the thread named when it ended, whoever had the turn before', () => {
    const inFlight = atWork(1, 2);
    new Int32Array(inFlight.turns())[0] = 2;
    inFlight.receive({ type: 'exiting', number: 1 }, 0);
    expect(inFlight.culprit?.attemptId).toBe('at-1');
  });

  it('blame nobody for the turn of one that has ended since', () => {
    const inFlight = atWork(1, 2, 3);
    new Int32Array(inFlight.turns())[0] = 3;
    inFlight.receive({ type: 'ended', numbers: [3] }, 0);
    expect(inFlight.culprit).toBeUndefined();
  });
});
