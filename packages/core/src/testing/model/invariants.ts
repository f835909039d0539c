/**
 * What holds of every store at all times, whatever it is asked. Knows no rule of the store's beyond these lines, so it can watch one whose
 * faults no model foresees (a proxy that loses replies, a process that is killed):
 *
 * - I1 every acknowledged rollout exists exactly once, and nothing else does
 * - I2 attempts are numbered 1, 2, … without gaps; those that nobody asked for by hand are at most `maxAttempts`
 * - I3 a rollout is what its latest attempt makes of it
 * - I4 what has ended stays as it is, unless an operator reopens it
 * - I7 what is queued is claimed, and nothing else is
 * - I8 each acknowledged span is stored once, and numbers that the store gave are not given twice
 * - I9 the content of a snapshot's version never changes
 */
import type { Attempt } from '../../rollout/attempt.ts';
import { type AttemptedRollout, isQueued, isTerminal, type Rollout } from '../../rollout/rollout.ts';
import type { Span } from '../../span/span.ts';
import type { ResourcesUpdate } from '../../store/resources-update.ts';
import { findDifference } from './difference.ts';

/** See the head of this file. Each method throws an error that names the invariant that does not hold. */
export class StoreInvariants {
  readonly #acknowledged = new Set<string>();
  readonly #handedOut = new Set<string>();
  readonly #operated = new Set<string>();
  readonly #ended = new Map<string, Rollout>();
  readonly #spans = new Set<string>();
  readonly #contents = new Map<string, string>();

  /** The store said that it has these. */
  acknowledged(rollouts: readonly Rollout[]): void {
    for (const { rolloutId } of rollouts) this.#acknowledged.add(rolloutId);
  }

  /** An operator is about to change the rollout, or starts an attempt by hand. */
  operated(rolloutId: string): void {
    this.#operated.add(rolloutId);
    this.#ended.delete(rolloutId);
  }

  /** The store handed these out, from the queue or by hand. */
  handedOut(claims: readonly AttemptedRollout[]): void {
    for (const { rolloutId, attempt } of claims) {
      const key = `${rolloutId}/${attempt.attemptId}`;
      check('I1', !this.#handedOut.has(key), `attempt ${key} was handed out twice`);
      check('I4', !this.#ended.has(rolloutId), `rollout ${rolloutId} had ended and was handed out`);
      this.#handedOut.add(key);
    }
  }

  /** A rollout as the store tells it just now. */
  saw(stored: Rollout & { readonly attempt?: unknown }): void {
    const rollout = { ...stored, attempt: undefined };
    const { rolloutId, status } = rollout;
    check('I1', this.#acknowledged.has(rolloutId), `nobody made rollout ${rolloutId}`);
    const before = this.#ended.get(rolloutId);
    const difference = before === undefined ? undefined : findDifference(rollout, before);
    check('I4', difference === undefined, `rollout ${rolloutId} had ended: ${difference}`);
    if (isTerminal(status)) this.#ended.set(rolloutId, rollout);
  }

  /** The store said that it has this span. */
  storedSpan(span: Span): void {
    const key = `${span.rolloutId}/${span.attemptId}/${span.spanId}`;
    check('I8', !this.#spans.has(key), `span ${key} was stored twice`);
    this.#spans.add(key);
  }

  /** A snapshot as the store tells it just now. */
  sawResources({ resourcesId, version, resources }: ResourcesUpdate): void {
    const key = `${resourcesId}@${version}`;
    const content = JSON.stringify(resources);
    const before = this.#contents.get(key);
    check('I9', before === undefined || before === content, `snapshot ${key} was ${before} and is ${content}`);
    this.#contents.set(key, content);
  }

  /** One rollout with everything that belongs to it, at the end. */
  sawAll(rollout: Rollout, attempts: readonly Attempt[], spans: readonly Span[]): void {
    const { rolloutId, config } = rollout;
    this.saw(rollout);
    const numbers = attempts.map(({ sequenceId }) => sequenceId);
    check(
      'I2',
      numbers.every((number, index) => number === index + 1),
      `attempts of ${rolloutId} are ${numbers.join(', ')}`,
    );
    for (const { attemptId } of attempts) {
      const key = `${rolloutId}/${attemptId}`;
      check('I1', this.#handedOut.has(key), `attempt ${key} was handed out to nobody`);
    }
    if (!this.#operated.has(rolloutId)) {
      const most = `rollout ${rolloutId} has ${attempts.length} attempts, allowed are ${config.maxAttempts}`;
      check('I2', attempts.length <= config.maxAttempts, most);
      const status = attempts.at(-1)?.status;
      check('I3', follows(rollout, status), `rollout ${rolloutId} is ${rollout.status} after an attempt ${status}`);
    }
    const keys = spans.map((span) => `${span.rolloutId}/${span.attemptId}/${span.spanId}`);
    check('I8', new Set(keys).size === keys.length, `rollout ${rolloutId} has a span twice: ${keys.join(', ')}`);
    const acknowledged = [...this.#spans].filter((key) => key.startsWith(`${rolloutId}/`));
    const lost = acknowledged.filter((key) => !keys.includes(key));
    check('I8', lost.length === 0, `rollout ${rolloutId} has lost ${lost.join(', ')}`);
  }

  /** What is in the store at the end, and what a claim of everything got out of it. */
  finish(rollouts: readonly Rollout[], claimed: readonly Rollout[]): void {
    const present = new Set(rollouts.map(({ rolloutId }) => rolloutId));
    check('I1', present.size === rollouts.length, 'a rollout exists twice');
    for (const rolloutId of this.#acknowledged) check('I1', present.has(rolloutId), `rollout ${rolloutId} is lost`);
    const queued = rollouts.filter(({ status }) => isQueued(status)).length;
    check('I7', claimed.length === queued, `${queued} rollouts were queued and ${claimed.length} could be claimed`);
  }
}

/** Whether a rollout that no operator touched may have this status after its latest attempt. */
export function follows({ status }: Rollout, latest: Attempt['status'] | undefined): boolean {
  if (latest === undefined) return status === 'queuing';
  if (status === 'preparing' || status === 'running' || status === 'succeeded') return status === latest;
  if (status === 'requeuing') return latest === 'failed' || latest === 'timeout' || latest === 'unresponsive';
  // An attempt that was given up may come back, and the rollout has failed all the same.
  return status === 'failed';
}

function check(invariant: string, holds: boolean, what: string): void {
  if (!holds) throw new Error(`${invariant} does not hold: ${what}`);
}
