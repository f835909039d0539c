import type { FindingCode } from '@agentlightning/core/run';
import type { SpendRow } from '../budget/spend-rows.ts';
import type { BestRecord, EvaluationRecord, RunJournal, StepRecord } from '../context/run-journal.ts';
import type { FindingRecord } from '../findings/run-findings.ts';
import type { TimeTotals } from '../timing/time-account.ts';

/** When a process dies: before or after its nth record (from 0) is kept. */
export interface Death {
  readonly record: number;
  readonly moment: 'before' | 'after';
}

/** What ends everything in a process that is killed. Nobody who is dead gets to see it. */
export class Killed extends Error {
  constructor() {
    super('The process was killed');
  }
}

/**
 * The journal of one process over records that outlive it. When the process dies, it neither reads nor writes any more, whatever is still under way in it.
 */
export class MortalJournal implements RunJournal {
  readonly #records: RunJournal;
  readonly #death: Death | undefined;
  readonly #onDeath: () => void;
  #isDead = false;
  #kept = 0;

  constructor(records: RunJournal, death: Death | undefined, onDeath: () => void) {
    this.#records = records;
    this.#death = death;
    this.#onDeath = onDeath;
  }

  /** How many records this process has kept. */
  get kept(): number {
    return this.#kept;
  }

  getStep(key: string): StepRecord | undefined {
    return this.#living.getStep(key);
  }

  putStep(key: string, record: StepRecord): Promise<void> {
    return this.#keep((records) => records.putStep(key, record));
  }

  getEvaluation(key: string): EvaluationRecord | undefined {
    return this.#living.getEvaluation(key);
  }

  openEvaluation(key: string, record: EvaluationRecord): Promise<void> {
    return this.#keep((records) => records.openEvaluation(key, record));
  }

  closeEvaluation(key: string, verdict: string): Promise<void> {
    return this.#keep((records) => records.closeEvaluation(key, verdict));
  }

  putEvent(key: string): boolean {
    return this.#living.putEvent(key);
  }

  getBest(): BestRecord | undefined {
    return this.#living.getBest();
  }

  putBest(best: BestRecord): void {
    this.#living.putBest(best);
  }

  spendRows(): Iterable<readonly [string, SpendRow]> {
    return this.#living.spendRows();
  }

  putSpend(key: string, row: SpendRow): Promise<void> {
    return this.#keep((records) => records.putSpend(key, row));
  }

  noteSpend(key: string, row: SpendRow): void {
    if (!this.#isDead) this.#records.noteSpend(key, row);
  }

  getTime(): TimeTotals | undefined {
    return this.#living.getTime();
  }

  noteTime(totals: TimeTotals): void {
    if (!this.#isDead) this.#records.noteTime(totals);
  }

  findings(): Iterable<FindingRecord> {
    return this.#living.findings();
  }

  noteFinding(code: FindingCode, record: FindingRecord | null): void {
    if (!this.#isDead) this.#records.noteFinding(code, record);
  }

  resume(now: number): Promise<void> {
    return this.#living.resume(now);
  }

  alive(now: number): void {
    if (!this.#isDead) this.#records.alive(now);
  }

  verdicts(): Iterable<string> {
    return this.#living.verdicts();
  }

  keys(): Iterable<string> {
    return this.#living.keys();
  }

  flush(): Promise<void> {
    return this.#living.flush();
  }

  get #living(): RunJournal {
    if (this.#isDead) throw new Killed();
    return this.#records;
  }

  async #keep(put: (records: RunJournal) => Promise<void>): Promise<void> {
    const records = this.#living;
    const isLast = this.#kept === this.#death?.record;
    if (isLast && this.#death?.moment === 'before') this.#die();
    this.#kept += 1;
    await put(records);
    if (isLast) this.#die();
    // Others of this process may have died meanwhile.
    void this.#living;
  }

  #die(): never {
    this.#isDead = true;
    this.#onDeath();
    throw new Killed();
  }
}
