import fc from 'fast-check';
import { ATTEMPT_STATUSES, type AttemptStatus } from '../../rollout/attempt.ts';
import { ROLLOUT_STATUSES, type RolloutStatus } from '../../rollout/rollout.ts';

/** Which attempts are tried again, how often, and after how long they are given up (whole seconds, `null`: never). */
export interface ConfigChoice {
  readonly maxAttempts: number;
  readonly retry: readonly AttemptStatus[];
  readonly timeout: number | null;
  readonly silence: number | null;
}

/**
 * One step of a history, plain JSON so that it can be kept in a file. Numbers choose among what exists by then: `which` among the rollouts
 * or attempts ever made, `worker` among three workers (`null`: none), `chosen` among three ids of rollouts, `key` among a few keys.
 *
 * `again`: the reply is lost and the caller sends the same request a second time.
 */
export type HistoryCommand =
  | {
      readonly type: 'enqueue';
      readonly count: number;
      readonly config: ConfigChoice;
      readonly priority: number;
      readonly resources: boolean;
    }
  /** `start` begins at once, without the queue; `input` tells requests under one id apart. */
  | {
      readonly type: 'enqueue-as' | 'start-as';
      readonly chosen: number;
      readonly input: number;
      readonly worker: number | null;
      readonly again: boolean;
    }
  | { readonly type: 'start'; readonly config: ConfigChoice; readonly worker: number | null }
  /** `claim`: the number of a claim id, `null` for none. */
  | {
      readonly type: 'claim';
      readonly limit: number;
      readonly worker: number | null;
      readonly claim: number | null;
      readonly again: boolean;
    }
  | {
      readonly type: 'heartbeat';
      readonly worker: number;
      /** What it says it executes; `null`: it does not say. */
      readonly attempts: readonly number[] | null;
      readonly stats: boolean;
      readonly again: boolean;
    }
  /** A worker lives and says three times, over more than half a minute, that it executes nothing. */
  | { readonly type: 'forget'; readonly worker: number }
  /** Each span: an attempt, one of a few span ids, a number or `null`, and whether its rollout or attempt is unknown. */
  | { readonly type: 'spans'; readonly spans: readonly SpanChoice[]; readonly again: boolean }
  | {
      readonly type: 'report';
      readonly which: number;
      readonly latest: boolean;
      readonly status: AttemptStatus | null;
      readonly worker: number | null;
      readonly heartbeat: number | null;
      readonly metadata: boolean;
      /** That the model endpoint was down is the reason. Absent: `false`. */
      readonly isOutage?: boolean;
      /** Counts only where the status is `unresponsive`. Absent: `false`. */
      readonly givenBack?: boolean;
      readonly spans: readonly number[];
      readonly again: boolean;
    }
  /** `chosen`: the number of an attempt id that the caller chose. */
  | {
      readonly type: 'start-attempt';
      readonly which: number;
      readonly worker: number | null;
      readonly chosen: number | null;
      readonly again: boolean;
    }
  | { readonly type: 'cancel'; readonly which: number }
  | {
      readonly type: 'update';
      readonly which: number;
      readonly status: RolloutStatus | null;
      readonly config: ConfigChoice | null;
      readonly metadata: boolean;
    }
  /** `key` `null`: a snapshot under a new id. */
  | { readonly type: 'resources'; readonly key: number | null; readonly text: number; readonly again: boolean }
  | { readonly type: 'sequence'; readonly which: readonly number[] }
  | { readonly type: 'wait'; readonly which: readonly number[] }
  | { readonly type: 'count' }
  | { readonly type: 'advance'; readonly seconds: number }
  /** The process ends and another opens the same file; nothing happens where there is none. */
  | { readonly type: 'restart' };

/** See {@link HistoryCommand}. */
export interface SpanChoice {
  readonly which: number;
  readonly key: number;
  readonly sequence: number | null;
  readonly unknown: 'rollout' | 'attempt' | null;
}

const which = fc.nat({ max: 20 });
const worker = fc.option(fc.nat({ max: 2 }));
const again = fc.nat({ max: 5 }).map((n) => n === 5);
const seldom = fc.nat({ max: 3 }).map((n) => n === 3);
const config: fc.Arbitrary<ConfigChoice> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 3 }),
  retry: fc.subarray(['failed', 'timeout', 'unresponsive'] as const),
  timeout: fc.option(fc.integer({ min: 5, max: 30 }), { freq: 3 }),
  silence: fc.option(fc.integer({ min: 3, max: 12 }), { freq: 3 }),
});
const span: fc.Arbitrary<SpanChoice> = fc.record({
  which,
  key: fc.nat({ max: 5 }),
  sequence: fc.option(fc.nat({ max: 9 }), { freq: 2 }),
  unknown: fc.nat({ max: 19 }).map((n) => (n === 19 ? 'rollout' : n === 18 ? 'attempt' : null)),
});
/** More of the statuses that real runners report. */
const status = fc.constantFrom('running', 'succeeded', 'failed', ...ATTEMPT_STATUSES);

/** Any step. */
const anyCommand: fc.Arbitrary<HistoryCommand> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      type: fc.constant('enqueue'),
      count: fc.integer({ min: 1, max: 3 }),
      config,
      priority: fc.constantFrom(0, 0, 1, -1),
      resources: seldom,
    }),
  },
  {
    weight: 15,
    arbitrary: fc.record({
      type: fc.constantFrom('enqueue-as', 'enqueue-as', 'start-as'),
      chosen: fc.nat({ max: 2 }),
      input: fc.nat({ max: 6 }).map((n) => (n === 6 ? 1 : 0)),
      worker,
      again,
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('start'), config, worker }) },
  {
    weight: 42,
    arbitrary: fc
      .record({
        type: fc.constant('claim'),
        limit: fc.integer({ min: 1, max: 3 }),
        worker,
        claim: fc.option(fc.nat({ max: 9 }), { freq: 2 }),
        again,
      })
      // Without an id, asking again is another claim.
      .map((claim) => ({ ...claim, again: claim.again && claim.claim !== null })),
  },
  {
    weight: 15,
    arbitrary: fc.record({
      type: fc.constant('heartbeat'),
      worker: fc.nat({ max: 2 }),
      attempts: fc.option(fc.array(which, { maxLength: 2 }), { freq: 5 }),
      stats: seldom,
      again,
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({ type: fc.constant('spans'), spans: fc.array(span, { minLength: 1, maxLength: 3 }), again }),
  },
  {
    weight: 60,
    arbitrary: fc.record({
      type: fc.constant('report'),
      which,
      latest: seldom,
      status: fc.option(status, { freq: 8 }),
      worker: fc.option(fc.nat({ max: 2 }), { freq: 2 }).map((n) => (n === 2 ? null : n)),
      heartbeat: fc.option(fc.integer({ min: -9, max: 9 }), { freq: 2 }).map((n) => (n === null || n > 2 ? null : n)),
      metadata: seldom,
      isOutage: seldom,
      givenBack: fc.boolean(),
      spans: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
      again,
    }),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({
        type: fc.constant('start-attempt'),
        which,
        worker,
        chosen: fc.option(fc.nat({ max: 1 }), { freq: 2 }),
        again,
      })
      // Without an id, asking again starts another attempt.
      .map((start) => ({ ...start, again: start.again && start.chosen !== null })),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('cancel'), which }) },
  {
    weight: 9,
    arbitrary: fc.record({
      type: fc.constant('update'),
      which,
      status: fc.option(fc.constantFrom(...ROLLOUT_STATUSES), { freq: 2 }),
      config: fc.option(config, { freq: 2 }),
      metadata: seldom,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      type: fc.constant('resources'),
      key: fc.option(fc.nat({ max: 1 })),
      text: fc.nat({ max: 2 }),
      again,
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('sequence'), which: fc.array(which, { maxLength: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait'), which: fc.array(which, { maxLength: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('count') }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('forget'), worker: fc.nat({ max: 2 }) }) },
  {
    weight: 27,
    arbitrary: fc.record({
      type: fc.constant('advance'),
      seconds: fc.oneof(fc.integer({ min: 1, max: 15 }), fc.constant(40)),
    }),
  },
  // Seldom, as opening a file takes as long as hundreds of other steps.
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart') }) },
) as fc.Arbitrary<HistoryCommand>;

/** Any history. */
export function anyHistory(maxLength = 60): fc.Arbitrary<readonly HistoryCommand[]> {
  return fc.array(anyCommand, { maxLength, size: 'max' });
}
