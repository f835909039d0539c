import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** A row by column name. */
export type SqlRow = Record<string, unknown>;

/** A connection whose statements are prepared once each, and which knows whether anything was written. */
export class Sql {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #writes = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** How many statements that write were run. */
  get writes(): number {
    return this.#writes;
  }

  /** Whether a transaction is open; SQLite ends one by itself when the disk is full. */
  get isTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** The first row, `undefined` if there is none. */
  get(text: string, ...values: SQLInputValue[]): SqlRow | undefined {
    return this.#statement(text).get(...values);
  }

  /** All rows. */
  all(text: string, ...values: SQLInputValue[]): SqlRow[] {
    return this.#statement(text).all(...values);
  }

  /** Runs a statement that writes. @returns how many rows it changed */
  run(text: string, ...values: SQLInputValue[]): number {
    this.#writes += 1;
    return Number(this.#statement(text).run(...values).changes);
  }

  /** Runs a statement that adds a row. @returns its row id */
  insert(text: string, ...values: SQLInputValue[]): number {
    this.#writes += 1;
    return Number(this.#statement(text).run(...values).lastInsertRowid);
  }

  /** Runs a statement that writes and answers one row. */
  change(text: string, ...values: SQLInputValue[]): SqlRow | undefined {
    this.#writes += 1;
    return this.#statement(text).get(...values);
  }

  /** Runs a statement that controls the transaction. */
  control(text: 'BEGIN' | 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK'): void {
    this.#statement(text).run();
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}
