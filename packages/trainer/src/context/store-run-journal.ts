import { type Json, LightningError, type RunRecord, type RunRecordKeeper } from '@agentlightning/core';
import type { FindingCode } from '@agentlightning/core/run';
import { SPEND_KIND, type SpendRow } from '../budget/spend-rows.ts';
import type { FindingRecord } from '../findings/run-findings.ts';
import type { TimeTotals } from '../timing/time-account.ts';
import {
  type BestRecord,
  type EvaluationRecord,
  InMemoryRunJournal,
  type RunJournal,
  type StepRecord,
} from './run-journal.ts';

/** The kinds of records, as they are called in the store. */
type Kind = 'step' | 'evaluation' | 'verdict' | 'event' | 'best' | 'alive' | 'time' | 'finding' | typeof SPEND_KIND;

/** The key of records that there is one of in a run. */
const ONLY = '';

/**
 * Keeps the records of a run in its store. They are read once, when the run is taken up, and answered from memory; what is put is written in the
 * order in which it came, and what answers no promise goes with the next write, or at the end of the turn.
 */
export class StoreRunJournal implements RunJournal {
  readonly #keeper: RunRecordKeeper;
  readonly #runId: string;
  readonly #memory = new InMemoryRunJournal();
  readonly #writing = new Set<Promise<void>>();
  #behind: RunRecord[] = [];
  #failure: { readonly error: unknown } | undefined;

  private constructor(keeper: RunRecordKeeper, runId: string) {
    this.#keeper = keeper;
    this.#runId = runId;
  }

  /** @throws LightningError `STORE_UNREADABLE` for records that this version does not know */
  static async open(keeper: RunRecordKeeper, runId: string): Promise<StoreRunJournal> {
    const journal = new StoreRunJournal(keeper, runId);
    for (const record of await keeper.load(runId)) await journal.#take(record);
    return journal;
  }

  getStep(key: string): StepRecord | undefined {
    return this.#memory.getStep(key);
  }

  async putStep(key: string, record: StepRecord): Promise<void> {
    await this.#memory.putStep(key, record);
    await this.#write([recordOf('step', key, record)]);
  }

  getEvaluation(key: string): EvaluationRecord | undefined {
    return this.#memory.getEvaluation(key);
  }

  async openEvaluation(key: string, record: EvaluationRecord): Promise<void> {
    await this.#memory.openEvaluation(key, record);
    await this.#write([recordOf('evaluation', key, record)]);
  }

  async closeEvaluation(key: string, verdict: string): Promise<void> {
    await this.#memory.closeEvaluation(key, verdict);
    await this.#write([{ kind: 'verdict', key, value: verdict }]);
  }

  putEvent(key: string): boolean {
    const isNew = this.#memory.putEvent(key);
    if (isNew) this.#writeBehind(recordOf('event', key, true));
    return isNew;
  }

  getBest(): BestRecord | undefined {
    return this.#memory.getBest();
  }

  putBest(best: BestRecord): void {
    this.#memory.putBest(best);
    this.#writeBehind(recordOf('best', ONLY, best));
  }

  spendRows(): Iterable<readonly [string, SpendRow]> {
    return this.#memory.spendRows();
  }

  async putSpend(key: string, row: SpendRow): Promise<void> {
    this.#memory.noteSpend(key, row);
    await this.#write([recordOf(SPEND_KIND, key, row)]);
  }

  noteSpend(key: string, row: SpendRow): void {
    this.#memory.noteSpend(key, row);
    this.#writeBehind(recordOf(SPEND_KIND, key, row));
  }

  getTime(): TimeTotals | undefined {
    return this.#memory.getTime();
  }

  noteTime(totals: TimeTotals): void {
    this.#memory.noteTime(totals);
    this.#writeBehind(recordOf('time', ONLY, totals));
  }

  findings(): Iterable<FindingRecord> {
    return this.#memory.findings();
  }

  noteFinding(code: FindingCode, record: FindingRecord | null): void {
    this.#memory.noteFinding(code, record);
    this.#writeBehind(recordOf('finding', code, record));
  }

  async resume(now: number): Promise<void> {
    await this.#memory.resume(now);
    const open = [...this.#memory.openEvaluations()].map(([key, record]) => recordOf('evaluation', key, record));
    await this.#write([...open, recordOf('alive', ONLY, now)]);
  }

  alive(now: number): void {
    this.#memory.alive(now);
    this.#writeBehind(recordOf('alive', ONLY, now));
  }

  verdicts(): Iterable<string> {
    return this.#memory.verdicts();
  }

  keys(): Iterable<string> {
    return this.#memory.keys();
  }

  async flush(): Promise<void> {
    if (this.#behind.length > 0) await this.#write([]);
    await Promise.all(this.#writing);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #writeBehind(record: RunRecord): void {
    this.#behind.push(record);
    if (this.#behind.length > 1) return;
    setImmediate(() => {
      // Whoever awaits the next record, or the end of the run, hears of a failure.
      if (this.#behind.length > 0) void this.#write([]).catch(() => {});
    });
  }

  async #write(records: readonly RunRecord[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const all = [...this.#behind, ...records];
    this.#behind = [];
    const written = this.#keeper.put(this.#runId, all);
    this.#writing.add(written);
    try {
      await written;
    } catch (error) {
      // Nothing that comes after a gap may be kept.
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#writing.delete(written);
    }
  }

  async #take({ kind, key, value }: RunRecord): Promise<void> {
    const content = (): Json => JSON.parse(value) as Json;
    switch (kind as Kind) {
      case 'step':
        return this.#memory.putStep(key, content() as unknown as StepRecord);
      case 'evaluation':
        return this.#memory.openEvaluation(key, content() as unknown as EvaluationRecord);
      case 'verdict':
        return this.#memory.closeEvaluation(key, value);
      case 'event':
        return void this.#memory.putEvent(key);
      case 'best':
        return this.#memory.putBest(content() as unknown as BestRecord);
      case 'alive':
        return this.#memory.alive(Number(value));
      case 'time':
        return this.#memory.noteTime(content() as unknown as TimeTotals);
      case 'finding':
        return this.#memory.noteFinding(key as FindingCode, content() as unknown as FindingRecord | null);
      case SPEND_KIND:
        return this.#memory.noteSpend(key, content() as unknown as SpendRow);
      default:
        throw new LightningError(
          'STORE_UNREADABLE',
          `Cannot resume the run ${this.#runId}: its store has records of the kind '${kind}', which a newer version has written`,
          { details: { runId: this.#runId, kind } },
        );
    }
  }
}

function recordOf(kind: Kind, key: string, content: unknown): RunRecord {
  return { kind, key, value: JSON.stringify(content) };
}
