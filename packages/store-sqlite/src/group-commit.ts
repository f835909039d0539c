import { failpoint } from '@agentlightning/core';
import type { Sql } from './sql.ts';
import { isSqliteError } from './sqlite-errors.ts';

/** What happens around a transaction. */
export interface CommitSteps {
  /** Runs inside the transaction, last. What it throws fails the transaction. */
  beforeCommit(): void;
  /** It is on disk: the rest of the process may learn of it. Runs before the callers get their answers. */
  committed(): void;
  /** Nothing of it has happened. */
  rolledBack(): void;
  /** What callers get instead of an error of SQLite. */
  explain(error: unknown): unknown;
}

interface Unit {
  readonly run: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
}

/** Past so many changed rows a transaction is committed at once, so that no commit blocks the event loop for long. */
const MAX_WRITES = 600;

/**
 * Commits operations in groups. An operation runs at once, inside the open transaction; its caller hears of it only
 * after the commit, which comes as soon as the event loop has taken in what else has arrived. So whoever is alone waits
 * for nobody, and the more there is to do the more operations share the one flush to the disk.
 *
 * When a commit fails, all its operations fail, and nobody has seen anything of them.
 */
export class GroupCommit {
  readonly #sql: Sql;
  readonly #steps: CommitSteps;
  #units: Unit[] = [];
  #reads: (() => void)[] = [];
  #isOpen = false;
  #writesBefore = 0;
  #scheduled: NodeJS.Immediate | undefined;

  constructor(sql: Sql, steps: CommitSteps) {
    this.#sql = sql;
    this.#steps = steps;
  }

  /**
   * Runs `operation` in a transaction. It may be run again after something else has failed, so it must do nothing but
   * read and write rows. Where it refuses it throws before it has written anything.
   *
   * @returns what it answered, once that is on disk
   */
  write<T>(operation: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#take({ run: operation, resolve, reject, result: undefined });
    return promise;
  }

  /** Runs `operation` on what is committed: now, or after the commit that is due. */
  read<T>(operation: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const run = (): void => {
      try {
        resolve(operation());
      } catch (error) {
        reject(this.#steps.explain(error));
      }
    };
    if (this.#isOpen) this.#reads.push(run);
    else run();
    return promise;
  }

  /** Commits what is open, now. */
  flush(): void {
    if (!this.#isOpen) return;
    try {
      this.#steps.beforeCommit();
      failpoint('commit.before');
      this.#sql.control('COMMIT');
    } catch (error) {
      this.#fail(error);
      return;
    }
    failpoint('commit.after');
    const units = this.#close();
    this.#steps.committed();
    for (const unit of units) unit.resolve(unit.result as never);
    this.#runReads();
  }

  #take(unit: Unit): void {
    try {
      this.#begin();
    } catch (error) {
      unit.reject(this.#steps.explain(error));
      return;
    }
    const writes = this.#sql.writes;
    try {
      unit.result = unit.run();
      this.#units.push(unit);
    } catch (error) {
      if (this.#sql.writes === writes) unit.reject(this.#steps.explain(error));
      else this.#undo(unit, error);
    }
    if (this.#sql.writes - this.#writesBefore > MAX_WRITES) this.flush();
    else if (this.#isOpen) this.#scheduled ??= setImmediate(() => this.flush());
  }

  #begin(): void {
    if (this.#isOpen) return;
    this.#sql.control('BEGIN IMMEDIATE');
    this.#isOpen = true;
    this.#writesBefore = this.#sql.writes;
  }

  /** An operation broke off in the middle. The others must not suffer from it, unless it is the disk that fails. */
  #undo(unit: Unit, error: unknown): void {
    if (isSqliteError(error)) {
      this.#units.push(unit);
      this.#fail(error);
      return;
    }
    this.#rollBack();
    const others = this.#close();
    unit.reject(this.#steps.explain(error));
    for (const other of others) this.#take(other);
    if (!this.#isOpen) this.#runReads();
  }

  #fail(error: unknown): void {
    this.#rollBack();
    for (const unit of this.#close()) unit.reject(this.#steps.explain(error));
    this.#runReads();
  }

  #rollBack(): void {
    try {
      if (this.#sql.isTransaction) this.#sql.control('ROLLBACK');
    } catch {
      // The disk is gone. What brought us here is the error to tell; without a commit nothing has happened.
    }
    this.#steps.rolledBack();
  }

  #close(): readonly Unit[] {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#isOpen = false;
    const units = this.#units;
    this.#units = [];
    return units;
  }

  #runReads(): void {
    for (const read of this.#reads.splice(0)) read();
  }
}
