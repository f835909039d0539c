import {
  type Attempt,
  type AttemptedRollout,
  isTerminal,
  Page,
  ROLLOUT_SORT_KINDS,
  type Rollout,
  type RolloutQuery,
  type RolloutStatus,
  rolloutConditions,
  type SortKind,
  selectPage,
} from '@agentlightning/core';
import { SELECT_ATTEMPT, SELECT_WHOLE_ROLLOUT, toAttempt, toRollout, toRolloutWithAttempt } from './rollout-records.ts';
import type { Sql } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';

interface Filter {
  readonly where: string;
  readonly values: readonly string[];
}

const BY_ID = `${SELECT_WHOLE_ROLLOUT} WHERE r.rollout_id = ?`;
const BY_SEQ = `${SELECT_WHOLE_ROLLOUT} WHERE r.seq = ?`;
const LATEST_ATTEMPT = `${SELECT_ATTEMPT} WHERE r.rollout_id = ? AND a.sequence_id = r.latest_attempt`;

/** The columns that SQLite can sort by as `selectPage()` would; what is JSON is left to that. */
const SORT_COLUMNS: Partial<Record<keyof Rollout, string>> = {
  rolloutId: 'rollout_id',
  startTime: 'start_time',
  endTime: 'end_time',
  mode: 'mode',
  resourcesId: 'resources_id',
  status: 'status',
  priority: 'priority',
};

/** Fields that are never null are sorted by their column, which may have an index. */
const NEVER_NULL: readonly string[] = ['rollout_id', 'start_time', 'status', 'priority'];

/** What null counts as. */
const STAND_INS: Readonly<Record<SortKind, string>> = { time: '9e999', text: "''", number: '0', other: 'NULL' };

/** The pages of `queryRollouts()`. Without a sort, or sorted by start, a first page costs what is on it. */
export class RolloutPages {
  readonly #sql: Sql;
  readonly #counts: StoreCounts;

  constructor(sql: Sql, counts: StoreCounts) {
    this.#sql = sql;
    this.#counts = counts;
  }

  /** One rollout, with its latest attempt if it has one. */
  find(rolloutId: string): Rollout | AttemptedRollout | undefined {
    const row = this.#sql.get(BY_ID, rolloutId);
    return row === undefined ? undefined : toRolloutWithAttempt(row);
  }

  /** One rollout, if it has ended. */
  ended(rolloutId: string): Rollout | undefined {
    const status = this.statusOf(rolloutId);
    if (status === undefined || !isTerminal(status)) return undefined;
    const row = this.#sql.get(BY_ID, rolloutId);
    return row === undefined ? undefined : toRollout(row);
  }

  /** Where a rollout stands, `undefined` if there is none. */
  statusOf(rolloutId: string): RolloutStatus | undefined {
    const row = this.#sql.get('SELECT status FROM rollouts WHERE rollout_id = ?', rolloutId);
    return row?.['status'] as RolloutStatus | undefined;
  }

  /** The attempts of a rollout in their order. */
  attemptsOf(rolloutId: string): Attempt[] {
    const rows = this.#sql.all(`${SELECT_ATTEMPT} WHERE r.rollout_id = ? ORDER BY a.sequence_id`, rolloutId);
    return rows.flatMap((row) => toAttempt(row) ?? []);
  }

  latestAttempt(rolloutId: string): Attempt | undefined {
    const row = this.#sql.get(LATEST_ATTEMPT, rolloutId);
    return row === undefined ? undefined : toAttempt(row);
  }

  query(query: RolloutQuery): Page<Rollout | AttemptedRollout> {
    // Refuses what is out of range, in the words of every store.
    const { limit, offset } = selectPage<Rollout>([], { ...query, conditions: [], sortKinds: ROLLOUT_SORT_KINDS });
    const { sortBy } = query;
    const column = sortBy === undefined ? undefined : SORT_COLUMNS[sortBy];
    if (sortBy !== undefined && column === undefined) return this.#sortedInMemory(query);
    const order =
      column === undefined ? 'seq' : `${sortKey(column, sortBy as keyof Rollout)} ${query.sortOrder ?? 'asc'}, seq`;
    const seqs = this.#seqs(query, order, limit, offset);
    const items = seqs.map((seq) => this.#sql.get(BY_SEQ, seq));
    return new Page(
      items.flatMap((row) => (row === undefined ? [] : toRolloutWithAttempt(row))),
      { limit, offset, total: this.#total(query) },
    );
  }

  #seqs(query: RolloutQuery, order: string, limit: number, offset: number): number[] {
    const statuses = onlyStatuses(query);
    const [text, values] =
      statuses === undefined || order !== 'seq'
        ? filtered(query, order)
        : [
            mergedByStatus(statuses.length, limit),
            statuses.flatMap((status) => [status, ...(limit === -1 ? [] : [limit + offset])]),
          ];
    if (text === undefined) return [];
    return this.#sql.all(`${text} LIMIT ? OFFSET ?`, ...values, limit, offset).map((row) => row['seq'] as number);
  }

  #total(query: RolloutQuery): number {
    const { where, values } = toFilter(query);
    if (where === '') return this.#counts.rollouts;
    const statuses = onlyStatuses(query);
    if (statuses !== undefined) return this.#counts.withStatus(statuses);
    return Number(this.#sql.get(`SELECT COUNT(*) AS total FROM rollouts WHERE ${where}`, ...values)?.['total']);
  }

  #sortedInMemory(query: RolloutQuery): Page<Rollout | AttemptedRollout> {
    const { where, values } = toFilter(query);
    const text =
      where === ''
        ? SELECT_WHOLE_ROLLOUT
        : `${SELECT_WHOLE_ROLLOUT} WHERE ${where.replaceAll(/\b(status|rollout_id)\b/g, 'r.$1')}`;
    const rollouts = this.#sql.all(`${text} ORDER BY r.seq`, ...values).map(toRolloutWithAttempt);
    const page = selectPage<Rollout>(rollouts, {
      ...query,
      conditions: rolloutConditions({}),
      sortKinds: ROLLOUT_SORT_KINDS,
    });
    return new Page(page.items, page);
  }
}

/** The statuses asked for, each once, if nothing else is. */
function onlyStatuses({ statusIn, rolloutIdIn, rolloutIdContains }: RolloutQuery): RolloutStatus[] | undefined {
  if (statusIn === undefined || rolloutIdIn !== undefined || rolloutIdContains !== undefined) return undefined;
  return [...new Set(statusIn)];
}

/**
 * One range of the index for each status, each cut at the end of the page, and merged: SQLite by itself would either sort all that match or walk
 * through all that do not.
 */
function mergedByStatus(count: number, limit: number): string | undefined {
  if (count === 0) return undefined;
  const range = `SELECT seq FROM (SELECT seq FROM rollouts WHERE status = ? ORDER BY seq${limit === -1 ? '' : ' LIMIT ?'})`;
  return `${Array.from({ length: count }, () => range).join(' UNION ALL ')} ORDER BY seq`;
}

function filtered(query: RolloutQuery, order: string): [string, readonly (string | number)[]] {
  const { where, values } = toFilter(query);
  return [`SELECT seq FROM rollouts${where === '' ? '' : ` WHERE ${where}`} ORDER BY ${order}`, values];
}

/** The filters as SQL; an empty text matches everything. */
function toFilter({ statusIn, rolloutIdIn, rolloutIdContains, filterLogic = 'and' }: RolloutQuery): Filter {
  const tests: [string, string][] = [];
  if (statusIn !== undefined) tests.push(['status IN (SELECT value FROM json_each(?))', JSON.stringify(statusIn)]);
  if (rolloutIdIn !== undefined)
    tests.push(['rollout_id IN (SELECT value FROM json_each(?))', JSON.stringify(rolloutIdIn)]);
  if (rolloutIdContains !== undefined) tests.push(['instr(rollout_id, ?) > 0', rolloutIdContains]);
  return {
    where: tests.map(([test]) => test).join(filterLogic === 'or' ? ' OR ' : ' AND '),
    values: tests.map(([, value]) => value),
  };
}

function sortKey(column: string, field: keyof Rollout): string {
  return NEVER_NULL.includes(column) ? column : `COALESCE(${column}, ${STAND_INS[ROLLOUT_SORT_KINDS[field]]})`;
}
