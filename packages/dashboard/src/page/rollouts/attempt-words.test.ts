import { describe, expect, it } from 'vitest';
import { wireAttempt, wireRollout } from '../../../test/page-records.ts';
import { wordsOfAttempt, wordsOfRollout } from './attempt-words.ts';

describe('wordsOfAttempt()', () => {
  const first = wireAttempt({ status: 'timeout', end_time: 130, metadata: { reason: 'timeout' } });
  const second = wireAttempt({ sequence_id: 2, attempt_id: 'at-2' });

  it('says why an attempt was tried again', () => {
    expect(wordsOfAttempt(first, wireRollout(), [first, second])).toEqual({
      outcome: 'Stopped after 30.00 s, as it may take 30 s',
      error: null,
      notes: [],
      next: 'Tried again, as a rollout of this kind is after timeout',
    });
  });

  it('says that one was given back, and what had happened', () => {
    const given = wireAttempt({
      status: 'unresponsive',
      metadata: { reason: 'given back', cause: 'The thread ran out of memory' },
    });
    expect(wordsOfAttempt(given, wireRollout(), [given, second])).toMatchObject({
      notes: [
        'The thread or process that worked on it died, through no fault of this task',
        'Cause: The thread ran out of memory',
      ],
      next: 'Tried again, as this attempt was given back and costs the task none',
    });
  });

  it('says why there was no further one', () => {
    const failed = wireAttempt({ status: 'failed', metadata: { error: 'Error: no room', lostSpans: 2 } });
    expect(wordsOfAttempt(failed, wireRollout({ status: 'failed' }), [failed])).toMatchObject({
      outcome: 'Failed after 1.00 s',
      error: 'Error: no room',
      notes: ['2 spans could not be stored: what is shown is not all'],
      next: 'Not tried again: rollouts of this kind are after timeout only',
    });
    const last = wireAttempt({ status: 'timeout', sequence_id: 3 });
    expect(wordsOfAttempt(last, wireRollout({ status: 'failed' }), [last]).next).toBe(
      'Not tried again: it was the last of 3 attempts',
    );
  });

  it('takes a reason that it does not know as it is', () => {
    const odd = wireAttempt({ status: 'failed', metadata: { reason: '<b>odd</b>', cause: 7 } });
    expect(wordsOfAttempt(odd, wireRollout(), [odd]).notes).toEqual(['Reason: <b>odd</b>']);
  });
});

describe('wordsOfRollout()', () => {
  it('says where a rollout stands', () => {
    const tries = [wireAttempt(), wireAttempt({ sequence_id: 2 })];
    expect(wordsOfRollout(wireRollout(), tries)).toBe('It succeeded at attempt 2');
    expect(wordsOfRollout(wireRollout({ status: 'failed' }), tries)).toBe('It failed after 2 attempts');
    expect(wordsOfRollout(wireRollout({ status: 'queuing' }), [])).toBe('It waits for a runner');
  });
});
