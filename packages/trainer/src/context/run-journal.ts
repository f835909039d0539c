import type { Json } from '@agentlightning/core';
import type { FindingCode } from '@agentlightning/core/run';
import type { SpendRowKeeper } from '../budget/spend-ledger.ts';
import type { SpendRow } from '../budget/spend-rows.ts';
import type { FindingKeeper, FindingRecord } from '../findings/run-findings.ts';
import type { TimeTotals } from '../timing/time-account.ts';
import type { TimeKeeper } from '../timing/time-ledger.ts';

/** A recorded step: its result as the JSON text that was stored, or the answer that ended it. */
export interface StepRecord {
  /** Hash of the step's input. */
  readonly inputHash: string;
  /** How many model calls it made. */
  readonly modelCalls: number;
  readonly outcome:
    | { readonly type: 'value'; readonly json: string }
    | { readonly type: 'failure'; readonly message: string; readonly details: Json };
}

/** An evaluation that was begun. */
export interface EvaluationRecord {
  /** Hash of candidates, tasks, mode. */
  readonly requestHash: string;
  /** Seconds since the epoch; `null`: none. */
  readonly deadline: number | null;
  /** The frozen outcomes as the JSON text that was stored; absent while the evaluation is open. */
  readonly verdict?: string;
}

/** The best candidate so far. */
export interface BestRecord {
  readonly score: number;
  readonly rank: number;
  readonly version: string;
  /** The candidate's resources on the wire. */
  readonly candidate: Json;
  /** Of the score; absent in records of earlier versions. */
  readonly interval?: readonly [low: number, high: number] | null;
  readonly tasks?: number | null;
}

/**
 * The records of one run: what was done, and what came of it. Keys are `pathKey()` strings. Writing a key twice is a defect of the caller.
 *
 * Reading answers at once what was put before, kept or not. A put that answers a promise is kept, with everything that was put before it, when the promise
 * resolves; what answers none is kept by the next of those, or by {@link flush}.
 */
export interface RunJournal extends SpendRowKeeper, TimeKeeper, FindingKeeper {
  getStep(key: string): StepRecord | undefined;
  putStep(key: string, record: StepRecord): Promise<void>;
  getEvaluation(key: string): EvaluationRecord | undefined;
  openEvaluation(key: string, record: EvaluationRecord): Promise<void>;
  closeEvaluation(key: string, verdict: string): Promise<void>;
  /** Records that an event was told. `false` if it had been before. */
  putEvent(key: string): boolean;
  getBest(): BestRecord | undefined;
  putBest(best: BestRecord): void;
  /**
   * Takes the run up, now or again: deadlines of open evaluations are moved by the time in which nobody worked on the run.
   * @param now - seconds since the epoch
   */
  resume(now: number): Promise<void>;
  /** Notes that somebody works on the run. */
  alive(now: number): void;
  /** The frozen outcomes of all evaluations that have ended, each as the JSON text that was stored. */
  verdicts(): Iterable<string>;
  /** The keys of all steps, evaluations and events. */
  keys(): Iterable<string>;
  /** @throws what kept a record from being kept, also one that answered no promise */
  flush(): Promise<void>;
}

/** Keeps the records of a run in memory; they are gone with the process. */
export class InMemoryRunJournal implements RunJournal {
  readonly #steps = new Map<string, StepRecord>();
  readonly #evaluations = new Map<string, EvaluationRecord>();
  readonly #events = new Set<string>();
  readonly #spend = new Map<string, SpendRow>();
  #best: BestRecord | undefined;
  #time: TimeTotals | undefined;
  readonly #findings = new Map<FindingCode, FindingRecord>();
  #lastAlive: number | undefined;

  getStep(key: string): StepRecord | undefined {
    return this.#steps.get(key);
  }

  async putStep(key: string, record: StepRecord): Promise<void> {
    this.#steps.set(key, record);
  }

  getEvaluation(key: string): EvaluationRecord | undefined {
    return this.#evaluations.get(key);
  }

  async openEvaluation(key: string, record: EvaluationRecord): Promise<void> {
    this.#evaluations.set(key, record);
  }

  async closeEvaluation(key: string, verdict: string): Promise<void> {
    const open = this.#evaluations.get(key);
    if (open !== undefined) this.#evaluations.set(key, { ...open, verdict });
  }

  putEvent(key: string): boolean {
    if (this.#events.has(key)) return false;
    this.#events.add(key);
    return true;
  }

  getBest(): BestRecord | undefined {
    return this.#best;
  }

  putBest(best: BestRecord): void {
    this.#best = best;
  }

  spendRows(): Iterable<readonly [string, SpendRow]> {
    return this.#spend;
  }

  async putSpend(key: string, row: SpendRow): Promise<void> {
    this.noteSpend(key, row);
  }

  noteSpend(key: string, row: SpendRow): void {
    this.#spend.set(key, row);
  }

  getTime(): TimeTotals | undefined {
    return this.#time;
  }

  noteTime(totals: TimeTotals): void {
    this.#time = totals;
  }

  findings(): Iterable<FindingRecord> {
    return this.#findings.values();
  }

  noteFinding(code: FindingCode, record: FindingRecord | null): void {
    if (record === null) this.#findings.delete(code);
    else this.#findings.set(code, record);
  }

  async resume(now: number): Promise<void> {
    const downtime = Math.max(0, now - (this.#lastAlive ?? now));
    for (const [key, record] of this.#evaluations) this.#evaluations.set(key, movedBy(record, downtime));
    this.#lastAlive = now;
  }

  alive(now: number): void {
    this.#lastAlive = now;
  }

  /** The evaluations that have no verdict yet, by their keys. */
  *openEvaluations(): Iterable<readonly [string, EvaluationRecord]> {
    for (const entry of this.#evaluations) if (entry[1].verdict === undefined) yield entry;
  }

  *verdicts(): Iterable<string> {
    for (const { verdict } of this.#evaluations.values()) if (verdict !== undefined) yield verdict;
  }

  *keys(): Iterable<string> {
    yield* this.#steps.keys();
    yield* this.#evaluations.keys();
    yield* this.#events;
  }

  async flush(): Promise<void> {
    // Memory keeps nothing, and everything at once.
  }
}

/** The record with a later deadline, if it has one and is open. */
function movedBy(record: EvaluationRecord, seconds: number): EvaluationRecord {
  const isOpen = record.verdict === undefined;
  return isOpen && record.deadline !== null ? { ...record, deadline: record.deadline + seconds } : record;
}
