import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_STATUSES, type Attempt, type AttemptStatus } from './attempt.ts';
import { isTerminal, ROLLOUT_STATUSES, type Rollout, type RolloutStatus, rolloutConfigSchema } from './rollout.ts';
import {
  queueMove,
  type RolloutEvent,
  type RolloutState,
  rolloutStatusAfter,
  transitionRollout,
} from './transition.ts';

const NOW = 1_000;

function rolloutOf(fields: Partial<Rollout> = {}): Rollout {
  return {
    rolloutId: 'ro-1',
    input: null,
    startTime: 100,
    endTime: null,
    mode: null,
    resourcesId: null,
    status: 'running',
    config: rolloutConfigSchema.parse({}),
    metadata: {},
    priority: 0,
    ...fields,
  };
}

function attemptOf(fields: Partial<Attempt> = {}): Attempt {
  return {
    rolloutId: 'ro-1',
    attemptId: 'at-1',
    sequenceId: 1,
    startTime: 200,
    endTime: null,
    status: 'running',
    workerId: 'w-1',
    lastHeartbeatTime: null,
    metadata: null,
    ...fields,
  };
}

const retried = rolloutConfigSchema.parse({ maxAttempts: 3, retryCondition: ['failed', 'timeout', 'unresponsive'] });

function report(state: RolloutState, status: AttemptStatus, attempt = state.latestAttempt as Attempt) {
  return transitionRollout(state, { type: 'attempt-reported', attempt, changes: { status } }, NOW);
}

function stateOf(rolloutStatus: RolloutStatus, attemptStatus: AttemptStatus, config = retried): RolloutState {
  return {
    rollout: rolloutOf({ status: rolloutStatus, config }),
    latestAttempt: attemptOf({ status: attemptStatus }),
  };
}

describe('claimed', () => {
  it('starts attempt 1 of a rollout that has none, and makes both preparing', () => {
    const state = { rollout: rolloutOf({ status: 'queuing' }), latestAttempt: undefined };
    const result = transitionRollout(
      state,
      { type: 'claimed', attemptId: 'at-9', workerId: 'w-2', dequeued: true },
      NOW,
    );
    expect(result.rollout).toMatchObject({ status: 'preparing', startTime: 100, endTime: null });
    expect(result.attempt).toEqual(
      attemptOf({ attemptId: 'at-9', status: 'preparing', startTime: NOW, workerId: 'w-2' }),
    );
    expect(result.worker).toEqual({
      type: 'busy',
      workerId: 'w-2',
      rolloutId: 'ro-1',
      attemptId: 'at-9',
      dequeued: true,
    });
  });

  it.each(ROLLOUT_STATUSES)('counts on from the latest attempt of a rollout that is %s', (status) => {
    const state = { rollout: rolloutOf({ status, endTime: 50 }), latestAttempt: attemptOf({ sequenceId: 4 }) };
    const event = { type: 'claimed', attemptId: 'at-9', workerId: null, dequeued: false } as const;
    const result = transitionRollout(state, event, NOW);
    expect(result.attempt?.sequenceId).toBe(5);
    expect(result.rollout ?? state.rollout).toMatchObject({ status: 'preparing', endTime: 50 });
    expect(result.worker).toBeUndefined();
  });
});

describe('rollout-updated', () => {
  const pairs = ROLLOUT_STATUSES.flatMap((from) => ROLLOUT_STATUSES.map((to) => [from, to] as const));

  it.each(pairs)('an operator may move a rollout from %s to %s', (from, to) => {
    const state = {
      rollout: rolloutOf({ status: from, endTime: isTerminal(from) ? 50 : null }),
      latestAttempt: undefined,
    };
    const { rollout } = transitionRollout(state, { type: 'rollout-updated', changes: { status: to } }, NOW);
    expect(rollout?.status).toBe(to);
    expect(rollout?.endTime).toBe(isTerminal(to) && to !== from ? NOW : state.rollout.endTime);
  });

  it('replaces the fields that are given and leaves the others alone', () => {
    const state = { rollout: rolloutOf({ mode: 'train' }), latestAttempt: undefined };
    const changes = { metadata: { a: 1 }, resourcesId: null, config: retried };
    const { rollout } = transitionRollout(state, { type: 'rollout-updated', changes }, NOW);
    expect(rollout).toEqual(rolloutOf({ mode: 'train', metadata: { a: 1 }, config: retried }));
  });
});

describe('attempt-reported', () => {
  it.each([
    ['preparing', 'preparing'],
    ['running', 'running'],
    ['succeeded', 'succeeded'],
    ['failed', 'requeuing'],
    ['timeout', 'requeuing'],
    ['unresponsive', 'requeuing'],
  ] as const)('latest attempt %s makes the rollout %s while attempts are left', (status, expected) => {
    for (const from of ['preparing', 'running', 'unresponsive'] as const) {
      const state = stateOf(from === 'unresponsive' ? 'requeuing' : from, from);
      const result = report(state, status);
      expect(result.attempt?.status).toBe(status);
      expect((result.rollout ?? state.rollout).status).toBe(expected);
      expect(result.outcome).toBe('applied');
    }
  });

  it.each(['failed', 'timeout', 'unresponsive'] as const)(
    '%s ends the rollout when it is not to be retried',
    (status) => {
      expect(report(stateOf('running', 'running', rolloutConfigSchema.parse({})), status).rollout).toMatchObject({
        status: 'failed',
        endTime: NOW,
      });
      const others = ATTEMPT_STATUSES.filter((other) => other !== status);
      const config = rolloutConfigSchema.parse({ maxAttempts: 5, retryCondition: others });
      expect(report(stateOf('running', 'running', config), status).rollout?.status).toBe('failed');
    },
  );

  it('a rollout is not retried once its attempts are used up, those started by hand included', () => {
    const last = attemptOf({ sequenceId: 3 });
    const state = { rollout: rolloutOf({ config: retried }), latestAttempt: last };
    expect(report(state, 'failed').rollout?.status).toBe('failed');
  });

  it.each(ATTEMPT_STATUSES)('sets the end of an attempt only when it succeeds or fails: %s', (status) => {
    const ends = status === 'succeeded' || status === 'failed';
    expect(report(stateOf('running', 'preparing'), status).attempt?.endTime).toBe(ends ? NOW : null);
  });

  it.each([
    ['succeeded', 'idle'],
    ['failed', 'idle'],
    ['timeout', 'unknown'],
    ['unresponsive', 'unknown'],
  ] as const)('%s makes the worker %s', (status, to) => {
    expect(report(stateOf('running', 'running'), status).worker).toEqual({
      type: 'released',
      workerId: 'w-1',
      attemptId: 'at-1',
      to,
    });
  });

  it('the same terminal status again changes nothing and answers as the first time', () => {
    const first = attemptOf({ status: 'succeeded', endTime: 500 });
    const state = { rollout: rolloutOf({ status: 'succeeded', endTime: 500 }), latestAttempt: first };
    expect(report(state, 'succeeded')).toEqual({
      rollout: undefined,
      attempt: first,
      worker: undefined,
      outcome: 'applied',
    });
  });

  it('a failure reported after success does not run a finished rollout again', () => {
    const result = report(stateOf('succeeded', 'succeeded'), 'failed');
    expect(result).toMatchObject({ rollout: undefined, worker: undefined, outcome: 'ignored-terminal' });
    expect(result.attempt?.status).toBe('succeeded');
  });

  it('success reported after the deadline does not change what the algorithm saw', () => {
    const state = stateOf('failed', 'timeout', rolloutConfigSchema.parse({ timeoutSeconds: 1 }));
    expect(report(state, 'succeeded')).toMatchObject({ rollout: undefined, outcome: 'ignored-terminal' });
  });

  it('success after a timeout is accepted while the retry waits in the queue', () => {
    const result = report(stateOf('requeuing', 'timeout'), 'succeeded');
    expect(result.rollout).toMatchObject({ status: 'succeeded', endTime: NOW });
    expect(result.attempt).toMatchObject({ status: 'succeeded', endTime: NOW });
    expect(result.outcome).toBe('applied');
  });

  it.each(['failed', 'running', 'preparing', 'unresponsive'] as const)('%s after a timeout is ignored', (status) => {
    expect(report(stateOf('requeuing', 'timeout'), status)).toMatchObject({
      rollout: undefined,
      outcome: 'ignored-terminal',
    });
  });

  it('success after a failure is ignored while the retry waits in the queue', () => {
    expect(report(stateOf('requeuing', 'failed'), 'succeeded')).toMatchObject({
      rollout: undefined,
      outcome: 'ignored-terminal',
    });
  });

  it('a cancelled rollout stays cancelled when its runner reports', () => {
    for (const status of ATTEMPT_STATUSES) {
      const result = report(stateOf('cancelled', 'running'), status);
      expect(result).toMatchObject({ rollout: undefined, outcome: 'ignored-terminal' });
      expect(result.attempt?.status, 'the attempt itself tells what happened').toBe(status);
    }
  });

  it('a superseded attempt keeps its report and leaves the rollout alone', () => {
    const state = {
      rollout: rolloutOf({ config: retried }),
      latestAttempt: attemptOf({ attemptId: 'at-2', sequenceId: 2 }),
    };
    for (const from of ['preparing', 'running', 'unresponsive'] as const) {
      const result = report(state, 'succeeded', attemptOf({ status: from }));
      expect(result).toMatchObject({ rollout: undefined, outcome: 'superseded', attempt: { status: 'succeeded' } });
      expect(result.worker).toMatchObject({ type: 'released', to: 'idle' });
    }
    const ended = attemptOf({ status: 'timeout' });
    expect(report(state, 'succeeded', ended)).toMatchObject({ outcome: 'superseded', attempt: { status: 'timeout' } });
  });

  it('a report without a status changes neither status, not even of a rollout that an operator moved', () => {
    const state = stateOf('queuing', 'failed');
    const changes = { metadata: { note: 'late' } };
    const attempt = state.latestAttempt as Attempt;
    const result = transitionRollout(state, { type: 'attempt-reported', attempt, changes }, NOW);
    expect(result).toMatchObject({ rollout: undefined, attempt: { status: 'failed', metadata: { note: 'late' } } });
  });

  it('takes a heartbeat time from the past, and none from the future', () => {
    const state = stateOf('running', 'running');
    const attempt = state.latestAttempt as Attempt;
    const at = (lastHeartbeatTime: number) =>
      transitionRollout(state, { type: 'attempt-reported', attempt, changes: { lastHeartbeatTime } }, NOW).attempt
        ?.lastHeartbeatTime;
    expect(at(NOW - 5)).toBe(NOW - 5);
    expect(at(NOW + 60)).toBe(NOW);
  });

  it('moves no worker for an empty worker id, and assigns the worker that is named', () => {
    const state = stateOf('running', 'running');
    const attempt = state.latestAttempt as Attempt;
    const assign = (workerId: string) =>
      transitionRollout(state, { type: 'attempt-reported', attempt, changes: { workerId } }, NOW);
    expect(assign('')).toMatchObject({ worker: undefined, attempt: { workerId: '' } });
    expect(assign('w-7').worker).toMatchObject({ type: 'busy', workerId: 'w-7', attemptId: 'at-1', dequeued: false });
  });
});

describe('span-received', () => {
  const span = (state: RolloutState, attempt = state.latestAttempt as Attempt) =>
    transitionRollout(state, { type: 'span-received', attempt }, NOW);

  it.each(['preparing', 'queuing', 'requeuing'] as const)('lifts a rollout that is %s to running', (status) => {
    for (const attemptStatus of ['preparing', 'running', 'unresponsive'] as const) {
      const result = span(stateOf(status, attemptStatus));
      expect(result.rollout?.status).toBe('running');
      expect(result.attempt).toMatchObject({ status: 'running', lastHeartbeatTime: NOW });
    }
  });

  it.each(['failed', 'timeout', 'succeeded'] as const)(
    'on an attempt that is %s changes neither status nor queue',
    (status) => {
      const result = span(stateOf('requeuing', status));
      expect(result).toMatchObject({
        rollout: undefined,
        worker: undefined,
        attempt: { status, lastHeartbeatTime: NOW },
      });
    },
  );

  it.each(['cancelled', 'failed', 'succeeded'] as const)('leaves a rollout alone that is %s', (status) => {
    expect(span(stateOf(status, 'running'))).toMatchObject({ rollout: undefined, outcome: 'ignored-terminal' });
  });

  it('revives a superseded attempt without touching the rollout', () => {
    const state = { rollout: rolloutOf({ status: 'preparing' }), latestAttempt: attemptOf({ attemptId: 'at-2' }) };
    const result = span(state, attemptOf({ status: 'unresponsive' }));
    expect(result).toMatchObject({ rollout: undefined, outcome: 'superseded', attempt: { status: 'running' } });
  });
});

describe('heartbeat', () => {
  const beat = (state: RolloutState, attempt = state.latestAttempt as Attempt) =>
    transitionRollout(state, { type: 'heartbeat', attempt }, NOW);

  it.each(['preparing', 'running'] as const)('keeps a %s attempt alive and its status as it is', (status) => {
    expect(beat(stateOf(status, status))).toMatchObject({
      rollout: undefined,
      attempt: { status, lastHeartbeatTime: NOW },
      outcome: 'applied',
    });
  });

  it('revives an unresponsive attempt and takes its rollout out of the queue', () => {
    expect(beat(stateOf('requeuing', 'unresponsive'))).toMatchObject({
      rollout: { status: 'running' },
      attempt: { status: 'running', lastHeartbeatTime: NOW },
      outcome: 'applied',
    });
  });

  it('is refused for an attempt that no longer counts', () => {
    const superseded = { rollout: rolloutOf(), latestAttempt: attemptOf({ attemptId: 'at-2' }) };
    expect(beat(superseded, attemptOf())).toMatchObject({ attempt: undefined, outcome: 'superseded' });
    for (const state of [stateOf('requeuing', 'timeout'), stateOf('cancelled', 'running')]) {
      expect(beat(state)).toMatchObject({ attempt: undefined, rollout: undefined, outcome: 'ignored-terminal' });
    }
  });
});

describe('deadline-passed', () => {
  const config = (fields: object) =>
    rolloutConfigSchema.parse({ timeoutSeconds: 50, unresponsiveSeconds: 10, ...fields });
  const expire = (now: number, fields: object, attempt: Partial<Attempt> = {}, status: RolloutStatus = 'running') =>
    transitionRollout(
      { rollout: rolloutOf({ status, config: config(fields) }), latestAttempt: attemptOf(attempt) },
      { type: 'deadline-passed' },
      now,
    );

  it('changes nothing at the deadline itself, only after it', () => {
    expect(expire(210, {}).attempt).toBeUndefined();
    expect(expire(210.001, {}).attempt?.status).toBe('unresponsive');
    expect(expire(250, { unresponsiveSeconds: null }).attempt).toBeUndefined();
    expect(expire(250.001, { unresponsiveSeconds: null }).attempt?.status).toBe('timeout');
  });

  it('timeout wins when both have passed', () => {
    expect(expire(500, {}).attempt?.status).toBe('timeout');
  });

  it('counts silence from the last heartbeat, and from the start when there was none', () => {
    expect(expire(214, {}, { lastHeartbeatTime: 205 }).attempt).toBeUndefined();
    expect(expire(216, {}, { lastHeartbeatTime: 205 }).attempt?.status).toBe('unresponsive');
  });

  it('queues the rollout again if that is to be retried, or fails it, and loses track of the worker', () => {
    const again = expire(500, { maxAttempts: 2, retryCondition: ['timeout'] });
    expect(again).toMatchObject({ rollout: { status: 'requeuing', endTime: null }, attempt: { endTime: null } });
    expect(again.worker).toMatchObject({ type: 'released', to: 'unknown' });
    expect(expire(500, {}).rollout).toMatchObject({ status: 'failed', endTime: 500 });
  });

  it('leaves alone what waits, has ended, or has no limit', () => {
    for (const status of ['queuing', 'requeuing', 'succeeded', 'failed', 'cancelled'] as const) {
      expect(expire(500, {}, {}, status)).toMatchObject({ rollout: undefined, attempt: undefined });
    }
    expect(expire(500, {}, { status: 'succeeded' }).attempt).toBeUndefined();
    expect(expire(500, { timeoutSeconds: null, unresponsiveSeconds: null }).attempt).toBeUndefined();
    expect(
      transitionRollout({ rollout: rolloutOf(), latestAttempt: undefined }, { type: 'deadline-passed' }, NOW).rollout,
    ).toBeUndefined();
  });
});

describe('queueMove()', () => {
  it('joins, leaves and stays by status alone', () => {
    expect(queueMove(null, 'queuing')).toBe('joins');
    expect(queueMove(null, 'preparing')).toBe('stays');
    expect(queueMove('running', 'requeuing')).toBe('joins');
    expect(queueMove('requeuing', 'succeeded')).toBe('leaves');
    expect(queueMove('queuing', 'requeuing')).toBe('stays');
  });
});

type Step =
  | { readonly type: 'claim' }
  | { readonly type: 'report'; readonly which: number; readonly status: AttemptStatus }
  | { readonly type: 'span' | 'heartbeat'; readonly which: number }
  | { readonly type: 'deadline'; readonly after: number };

const which = fc.nat({ max: 5 });
const reports = fc.record({
  type: fc.constant('report' as const),
  which,
  status: fc.constantFrom(...ATTEMPT_STATUSES),
});
const signs = fc.record({ type: fc.constantFrom('span' as const, 'heartbeat' as const), which });
const deadlines = fc.record({ type: fc.constant('deadline' as const), after: fc.nat({ max: 100 }) });
const anyStep: fc.Arbitrary<Step> = fc.oneof(fc.constant({ type: 'claim' as const }), reports, signs, deadlines);
const anyConfig = fc
  .record({
    timeoutSeconds: fc.option(fc.integer({ min: 1, max: 60 })),
    unresponsiveSeconds: fc.option(fc.integer({ min: 1, max: 30 })),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    retryCondition: fc.uniqueArray(fc.constantFrom(...ATTEMPT_STATUSES)),
  })
  .map((config) => rolloutConfigSchema.parse(config));

/** A history without operators: only a queued rollout is claimed. */
class History {
  rollout: Rollout;
  readonly attempts: Attempt[] = [];
  now = NOW;

  constructor(config: Rollout['config']) {
    this.rollout = rolloutOf({ status: 'queuing', config });
  }

  get latest(): Attempt | undefined {
    return this.attempts.at(-1);
  }

  take(step: Step) {
    this.now += step.type === 'deadline' ? step.after : 1;
    const event = this.#eventOf(step);
    return event === undefined ? undefined : this.apply(event);
  }

  apply(event: RolloutEvent) {
    const result = transitionRollout({ rollout: this.rollout, latestAttempt: this.latest }, event, this.now);
    this.rollout = result.rollout ?? this.rollout;
    const { attempt } = result;
    if (attempt !== undefined) {
      const index = this.attempts.findIndex(({ attemptId }) => attemptId === attempt.attemptId);
      this.attempts[index === -1 ? this.attempts.length : index] = attempt;
    }
    return result;
  }

  #eventOf(step: Step): RolloutEvent | undefined {
    if (step.type === 'deadline') return { type: 'deadline-passed' };
    if (step.type === 'claim') {
      if (this.rollout.status !== 'queuing' && this.rollout.status !== 'requeuing') return undefined;
      return { type: 'claimed', attemptId: `at-${this.attempts.length + 1}`, workerId: 'w', dequeued: true };
    }
    const attempt = this.attempts[step.which % Math.max(1, this.attempts.length)];
    if (attempt === undefined) return undefined;
    if (step.type === 'report') return { type: 'attempt-reported', attempt, changes: { status: step.status } };
    return { type: step.type === 'span' ? 'span-received' : 'heartbeat', attempt };
  }
}

describe('any history without operators', () => {
  const histories = (check: (history: History, steps: readonly Step[]) => void) =>
    fc.assert(
      fc.property(anyConfig, fc.array(anyStep, { maxLength: 40 }), (config, steps) =>
        check(new History(config), steps),
      ),
      { numRuns: 2_000 },
    );

  it('an ended rollout never changes again', () => {
    histories((history, steps) => {
      let ended: Rollout | undefined;
      for (const step of steps) {
        history.take(step);
        if (ended !== undefined) expect(history.rollout).toEqual(ended);
        if (isTerminal(history.rollout.status)) ended = history.rollout;
      }
    });
  });

  it('the rollout is what its latest attempt makes of it, until it has ended', () => {
    histories((history, steps) => {
      for (const step of steps) {
        history.take(step);
        if (history.latest === undefined) expect(history.rollout.status).toBe('queuing');
        else if (!isTerminal(history.rollout.status)) {
          expect(history.rollout.status).toBe(rolloutStatusAfter(history.latest, history.rollout.config));
        }
      }
    });
  });

  it('no more attempts start than the configuration allows, numbered from 1 without gaps', () => {
    histories((history, steps) => {
      for (const step of steps) history.take(step);
      expect(history.attempts.length).toBeLessThanOrEqual(Math.max(1, history.rollout.config.maxAttempts));
      expect(history.attempts.map(({ sequenceId }) => sequenceId)).toEqual(
        history.attempts.map((_, index) => index + 1),
      );
    });
  });

  it('a repeated report changes nothing and gets the same answer', () => {
    histories((history, steps) => {
      for (const step of steps) {
        const result = history.take(step);
        if (step.type !== 'report' || result?.attempt === undefined) continue;
        const before = { rollout: history.rollout, attempts: [...history.attempts] };
        const again = history.apply({
          type: 'attempt-reported',
          attempt: result.attempt,
          changes: { status: step.status },
        });
        expect(again.outcome).toBe(result.outcome);
        expect({ rollout: history.rollout, attempts: history.attempts }).toEqual(before);
      }
    });
  });

  it('at most one attempt succeeds a rollout', () => {
    histories((history, steps) => {
      let winners = 0;
      for (const step of steps) {
        const before = history.rollout.status;
        history.take(step);
        if (before !== 'succeeded' && history.rollout.status === 'succeeded') winners += 1;
      }
      expect(winners).toBeLessThanOrEqual(1);
    });
  });
});
