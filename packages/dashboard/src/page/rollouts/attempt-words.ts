import type { BadgeTone } from '../components/badge.tsx';
import { countOf, formatSeconds } from '../components/format.ts';
import type { AttemptWire, RolloutWire } from '../store/records.ts';

/** What runners and stores note as `metadata.reason`, in words. */
const REASONS: Readonly<Record<string, string>> = {
  shutdown: 'Its runner was asked to end while it was under way',
  interrupted: 'The run ended while it was under way',
  'runner lost': 'The thread or process that worked on it died',
  'given back': 'The thread or process that worked on it died, through no fault of this task',
  timeout: 'It took longer than it may',
  'model outage': 'The model could not be reached, which says nothing about the task',
  'model refused': 'The model refused its key, its quota or its permission, which says nothing about the task',
};

/** What came of an attempt, and why. */
export interface AttemptWords {
  /** A sentence. */
  readonly outcome: string;
  /** The error, as it was noted; `null` without one. */
  readonly error: string | null;
  /** Further facts, a sentence each. */
  readonly notes: readonly string[];
  /** Why there was another attempt, or none; `null` where that needs no words. */
  readonly next: string | null;
}

/** Says of an attempt how it ended, and why it was tried again. */
export function wordsOfAttempt(
  attempt: AttemptWire,
  rollout: RolloutWire,
  attempts: readonly AttemptWire[],
): AttemptWords {
  const { error, reason, cause, lostSpans, strikes } = (attempt.metadata ?? {}) as Readonly<Record<string, unknown>>;
  const notes = [
    typeof reason === 'string' && attempt.status !== 'timeout' ? (REASONS[reason] ?? `Reason: ${reason}`) : undefined,
    typeof cause === 'string' ? `Cause: ${cause}` : undefined,
    typeof strikes === 'number' && strikes > 1 ? `The task has ended its runner ${strikes} times` : undefined,
    typeof lostSpans === 'number' && lostSpans > 0
      ? `${countOf(lostSpans, 'span')} could not be stored: what is shown is not all`
      : undefined,
  ].filter((note) => note !== undefined);
  return {
    outcome: outcomeOf(attempt, rollout),
    error: typeof error === 'string' ? error : null,
    notes,
    next: nextOf(attempt, rollout, attempts),
  };
}

/** `30 s`, `2.5 s`, `15 min`: a time that somebody has chosen. */
export function formatLimit(seconds: number): string {
  const minutes = seconds / 60;
  return Number.isInteger(minutes) && minutes > 1 ? `${minutes} min` : `${Number(seconds.toFixed(3))} s`;
}

/** How statuses look. */
export function toneOfStatus(status: RolloutWire['status'] | AttemptWire['status']): BadgeTone {
  switch (status) {
    case 'succeeded':
      return 'good';
    case 'failed':
    case 'timeout':
    case 'unresponsive':
      return 'bad';
    case 'running':
    case 'preparing':
      return 'accent';
    case 'requeuing':
      return 'warn';
    case 'queuing':
    case 'cancelled':
      return 'neutral';
    default:
      status satisfies never;
      return 'neutral';
  }
}

/** Where a rollout stands, and why: a sentence. */
export function wordsOfRollout(rollout: RolloutWire, attempts: readonly AttemptWire[]): string {
  const latest = attempts.at(-1);
  const tries = countOf(attempts.length, 'attempt');
  switch (rollout.status) {
    case 'queuing':
      return 'It waits for a runner';
    case 'requeuing':
      return `It waits for a runner again, after ${tries}`;
    case 'preparing':
      return 'A runner has claimed it, and has not said anything of it yet';
    case 'running':
      return attempts.length > 1 ? `A runner works on it, at attempt ${attempts.length}` : 'A runner works on it';
    case 'succeeded':
      return attempts.length > 1 ? `It succeeded at attempt ${attempts.length}` : 'It succeeded';
    case 'cancelled':
      return 'It was cancelled';
    case 'failed':
      return latest === undefined ? 'It failed without an attempt' : `It failed after ${tries}`;
    default:
      return `Its status is ${String(rollout.status satisfies never)}`;
  }
}

function outcomeOf({ status, start_time: start, end_time: end }: AttemptWire, { config }: RolloutWire): string {
  const after = end === null ? '' : ` after ${formatSeconds(Math.max(0, end - start))}`;
  switch (status) {
    case 'preparing':
      return 'Claimed, nothing was heard of it yet';
    case 'running':
      return 'Under way';
    case 'succeeded':
      return `Succeeded${after}`;
    case 'failed':
      return `Failed${after}`;
    case 'timeout':
      return config.timeout_seconds === null
        ? `Stopped${after}, as its time was up`
        : `Stopped${after}, as it may take ${formatLimit(config.timeout_seconds)}`;
    case 'unresponsive':
      return config.unresponsive_seconds === null
        ? `Nothing more was heard of it${after}`
        : `Nothing more was heard of it${after}; after ${formatLimit(config.unresponsive_seconds)} of silence it is given up`;
    default:
      return `Its status is ${String(status satisfies never)}`;
  }
}

function nextOf(attempt: AttemptWire, rollout: RolloutWire, attempts: readonly AttemptWire[]): string | null {
  const { status, sequence_id: number } = attempt;
  if (status === 'succeeded' || status === 'running' || status === 'preparing') return null;
  const { retry_condition: conditions, max_attempts: most } = rollout.config;
  const isRetried = attempts.some((other) => other.sequence_id > number) || rollout.status === 'requeuing';
  if (isRetried) {
    const reason = attempt.metadata?.['reason'];
    const isGivenBack = reason === 'given back' || (reason === 'runner lost' && !conditions.includes(status));
    if (isGivenBack) return 'Tried again, as this attempt was given back and costs the task none';
    if (conditions.includes(status)) return `Tried again, as a rollout of this kind is after ${quoted(conditions)}`;
    return 'Tried again, as the run went on or somebody asked for it';
  }
  if (!conditions.includes(status)) {
    return conditions.length === 0
      ? 'Not tried again: rollouts of this kind never are'
      : `Not tried again: rollouts of this kind are after ${quoted(conditions)} only`;
  }
  return number >= most ? `Not tried again: it was the last of ${countOf(most, 'attempt')}` : null;
}

function quoted(conditions: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(conditions);
}
