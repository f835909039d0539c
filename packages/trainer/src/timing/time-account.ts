import { Latencies } from './latencies.ts';

/** What an instant of a run is counted as. */
export const TIME_PARTS = ['waitingForSlot', 'agents', 'heldOff', 'untold', 'optimizer', 'framework'] as const;

/** See {@link TIME_PARTS}. */
export type TimePart = (typeof TIME_PARTS)[number];

/** What an account has come to; plain JSON. Seconds. */
export interface TimeTotals extends Readonly<Record<TimePart, number>> {
  /** Part of `agents`: no rollout was queued, and at most a quarter of the slots had one. */
  readonly tail: number;
  /** Of attempts that have ended: how long they took, and for how long of that a model call of theirs was under way. */
  readonly attemptSeconds: number;
  readonly modelSeconds: number;
  /** Model calls of these attempts. */
  readonly modelCalls: number;
  readonly latencies: readonly (readonly [bucket: number, count: number])[];
}

/** Where the rollouts stand. */
export interface RolloutLoad {
  readonly queued: number;
  readonly running: number;
  /** Whether it is known which are running; if not, all that have not ended are `queued`. */
  readonly isTold: boolean;
}

/** An attempt that has ended. */
export interface TimedAttempt {
  readonly seconds: number;
  /** For how long of that a model call was under way. */
  readonly modelSeconds: number;
  readonly modelCalls: number;
}

/** Slots of which at most one in so many has a rollout are a tail. */
const TAIL_SHARE = 4;

/**
 * Counts each instant of a run's time as one thing, by what is going on; each change costs a few additions. Knows nothing of clocks: times are seconds that
 * the caller passes. Of the agents' time it does not know what it went for; that is estimated from the attempts that have ended.
 */
export class TimeAccount {
  readonly #seconds: Record<TimePart, number>;
  readonly #latencies: Latencies;
  #tail: number;
  #attempts: { readonly attemptSeconds: number; readonly modelSeconds: number; readonly modelCalls: number };
  #load: RolloutLoad = { queued: 0, running: 0, isTold: true };
  #optimizerCalls = 0;
  #heldOffUntil = 0;
  #slots: number;
  #now: number;

  /**
   * @param now - when it begins
   * @param slots - how many rollouts can run at once; `null`: not known, and taken to be as many as ever did
   * @param before - of earlier processes of the run
   */
  constructor(now: number, slots: number | null, before?: TimeTotals) {
    this.#now = now;
    this.#slots = slots ?? 0;
    this.#seconds = Object.fromEntries(TIME_PARTS.map((part) => [part, before?.[part] ?? 0])) as Record<
      TimePart,
      number
    >;
    this.#tail = before?.tail ?? 0;
    this.#attempts = {
      attemptSeconds: before?.attemptSeconds ?? 0,
      modelSeconds: before?.modelSeconds ?? 0,
      modelCalls: before?.modelCalls ?? 0,
    };
    this.#latencies = new Latencies(before?.latencies);
  }

  /** The rollouts stand otherwise. */
  rollouts(now: number, load: RolloutLoad): void {
    this.#advance(now);
    this.#load = load;
    this.#slots = Math.max(this.#slots, load.running);
  }

  /** Model calls of the algorithm have begun, or ended. */
  optimizerCalls(now: number, change: 1 | -1): void {
    this.#advance(now);
    this.#optimizerCalls += change;
  }

  /** Runners claim nothing until then, as the endpoint of their agents' model has asked to be left alone. */
  holdOff(now: number, until: number): void {
    this.#advance(now);
    this.#heldOffUntil = Math.max(this.#heldOffUntil, until);
  }

  /** An attempt has ended. */
  attempt({ seconds, modelSeconds, modelCalls }: TimedAttempt): void {
    const before = this.#attempts;
    this.#attempts = {
      attemptSeconds: before.attemptSeconds + seconds,
      modelSeconds: before.modelSeconds + Math.min(seconds, modelSeconds),
      modelCalls: before.modelCalls + modelCalls,
    };
    this.#latencies.add(seconds);
  }

  /** What it has come to by then. */
  totals(now: number): TimeTotals {
    this.#advance(now);
    return { ...this.#seconds, ...this.#attempts, tail: this.#tail, latencies: this.#latencies.toJson() };
  }

  #advance(now: number): void {
    // A clock may be set back.
    const seconds = Math.max(0, now - this.#now);
    const heldOff = this.#isClaimable ? Math.min(seconds, Math.max(0, this.#heldOffUntil - this.#now)) : 0;
    this.#seconds.heldOff += heldOff;
    this.#seconds[this.#part] += seconds - heldOff;
    if (this.#isTail) this.#tail += seconds - heldOff;
    this.#now = Math.max(this.#now, now);
  }

  get #part(): TimePart {
    const { queued, running, isTold } = this.#load;
    if (!isTold && queued + running > 0) return 'untold';
    if (queued > 0 && running >= this.#slots) return 'waitingForSlot';
    if (running > 0) return 'agents';
    return this.#optimizerCalls > 0 ? 'optimizer' : 'framework';
  }

  /** Whether there is something to claim and a slot for it. */
  get #isClaimable(): boolean {
    const { queued, running, isTold } = this.#load;
    return isTold && queued > 0 && running < this.#slots;
  }

  get #isTail(): boolean {
    const { queued, running } = this.#load;
    return queued === 0 && running > 0 && running * TAIL_SHARE <= this.#slots;
  }
}

/** For how long at least one of these spans was under way. */
export function unionSeconds(
  spans: readonly { readonly startTime: number | null; readonly endTime: number | null }[],
): number {
  const known = spans.flatMap(({ startTime, endTime }) =>
    startTime === null || endTime === null ? [] : [[startTime, endTime] as const],
  );
  let covered = 0;
  let reached = -Infinity;
  for (const [from, to] of known.sort(([a], [b]) => a - b)) {
    covered += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return covered;
}
