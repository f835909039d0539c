import { ROLLOUT_STATUSES, type RolloutStatus } from '@agentlightning/core';
import type { Sql } from './sql.ts';

type CountName = RolloutStatus | 'attempts' | 'spans' | 'resources' | 'workers' | 'evicted';

const NAMES: readonly CountName[] = [...ROLLOUT_STATUSES, 'attempts', 'spans', 'resources', 'workers', 'evicted'];

/**
 * How many there are of everything, so that nobody has to count. Written with each transaction that changes it, and
 * taken back with it.
 */
export class StoreCounts {
  readonly #sql: Sql;
  #committed: Readonly<Record<CountName, number>>;
  #current: Record<CountName, number>;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#current = this.#stored();
    this.#committed = { ...this.#current };
  }

  /** Reads what another process has written. */
  load(): void {
    this.#current = this.#stored();
  }

  /** How many there are now, inside an open transaction those that it has made. */
  of(name: CountName): number {
    return this.#current[name];
  }

  /** How many rollouts there are. */
  get rollouts(): number {
    return this.withStatus(ROLLOUT_STATUSES);
  }

  /** How many rollouts have one of these statuses. */
  withStatus(statuses: readonly RolloutStatus[]): number {
    return statuses.reduce((sum, status) => sum + this.#current[status], 0);
  }

  add(name: CountName, difference: number): void {
    this.#current[name] += difference;
  }

  /** Writes what has changed. */
  save(): void {
    if (NAMES.every((name) => this.#current[name] === this.#committed[name])) return;
    this.#sql.run("INSERT OR REPLACE INTO facts VALUES ('counts', ?)", JSON.stringify(this.#current));
  }

  /** The transaction is on disk. */
  committed(): void {
    this.#committed = { ...this.#current };
  }

  /** The transaction has not happened. */
  rolledBack(): void {
    this.#current = { ...this.#committed };
  }

  #stored(): Record<CountName, number> {
    const row = this.#sql.get("SELECT value FROM facts WHERE name = 'counts'");
    const stored = row === undefined ? {} : (JSON.parse(String(row['value'])) as Partial<Record<CountName, number>>);
    return Object.fromEntries(NAMES.map((name) => [name, stored[name] ?? 0])) as Record<CountName, number>;
  }
}
