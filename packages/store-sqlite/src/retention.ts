import type { Logger } from '@agentlightning/core';
import type { Sql } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';

/** What one transaction takes out at most, so that it stays short: rows of spans, and rollouts. */
const MAX_SPANS = 300;
const MAX_ROLLOUTS = 50;

const OLDEST = `SELECT seq, rollout_id, status, end_time FROM rollouts INDEXED BY rollouts_ended
  WHERE status IN ('succeeded', 'failed', 'cancelled') ORDER BY end_time LIMIT 1`;

/** Takes out ended rollouts that need not be kept, those that ended first first. Costs what it takes out. */
export class Retention {
  readonly #sql: Sql;
  readonly #counts: StoreCounts;
  readonly #logger: Logger;
  readonly #keepRollouts: number;
  readonly #keepSeconds: number;

  constructor(
    sql: Sql,
    counts: StoreCounts,
    options: { readonly keepEndedRollouts: number; readonly keepEndedSeconds: number; readonly logger: Logger },
  ) {
    this.#sql = sql;
    this.#counts = counts;
    this.#logger = options.logger;
    this.#keepRollouts = options.keepEndedRollouts;
    this.#keepSeconds = options.keepEndedSeconds;
  }

  /**
   * Takes out what is due at `now`. What has ended at this very time stays: whoever waits for it has not read it yet.
   * @returns whether more is due than one transaction should take
   */
  evict(now: number): boolean {
    if (this.#keepRollouts === Infinity && this.#keepSeconds === Infinity) return false;
    let spans = 0;
    let rollouts = 0;
    let isMore = true;
    while (isMore && spans < MAX_SPANS && rollouts < MAX_ROLLOUTS) {
      const oldest = this.#oldestDue(now);
      isMore = oldest !== undefined;
      if (oldest === undefined) break;
      spans += this.#remove(oldest);
      rollouts += 1;
    }
    if (rollouts > 0) this.#logger.debug({ rollouts, spans }, 'Took ended rollouts out of the store');
    return isMore;
  }

  #oldestDue(now: number): OldestRollout | undefined {
    const ended = this.#counts.withStatus(['succeeded', 'failed', 'cancelled']);
    if (ended === 0) return undefined;
    if (ended <= this.#keepRollouts && this.#keepSeconds === Infinity) return undefined;
    const oldest = this.#sql.get(OLDEST) as OldestRollout | undefined;
    if (oldest === undefined || oldest.end_time >= now) return undefined;
    return ended > this.#keepRollouts || oldest.end_time < now - this.#keepSeconds ? oldest : undefined;
  }

  /** @returns how many spans it had */
  #remove({ seq, rollout_id: rolloutId, status }: OldestRollout): number {
    const spans = this.#sql.run('DELETE FROM spans WHERE rollout_seq = ?', seq);
    const attempts = this.#sql.run('DELETE FROM attempts WHERE rollout_seq = ?', seq);
    this.#sql.run('DELETE FROM rollout_bodies WHERE seq = ?', seq);
    this.#sql.run('DELETE FROM rollouts WHERE seq = ?', seq);
    this.#sql.run('INSERT OR IGNORE INTO evicted_rollouts VALUES (?)', rolloutId);
    this.#counts.add('spans', -spans);
    this.#counts.add('attempts', -attempts);
    this.#counts.add(status, -1);
    this.#counts.add('evicted', 1);
    return spans;
  }
}

interface OldestRollout {
  readonly seq: number;
  readonly rollout_id: string;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly end_time: number;
}
