import {
  type Attempt,
  type AttemptedRollout,
  ERROR_FIELDS,
  isTerminal,
  metadataPair,
  Page,
  queriedRollout,
  ROLLOUT_SORT_KINDS,
  type Rollout,
  type RolloutQuery,
  type RolloutSortField,
  type RolloutStatus,
  type SortKind,
  selectPage,
} from '@agentlightning/core';
import { SELECT_ATTEMPT, SELECT_WHOLE_ROLLOUT, toAttempt, toRollout, toRolloutWithAttempt } from './rollout-records.ts';
import type { Sql } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';

interface Filter {
  /** Of `rollouts r`. */
  readonly where: string;
  readonly values: readonly string[];
}

const BY_ID = `${SELECT_WHOLE_ROLLOUT} WHERE r.rollout_id = ?`;
const BY_SEQ = `${SELECT_WHOLE_ROLLOUT} WHERE r.seq = ?`;
const LATEST_ATTEMPT = `${SELECT_ATTEMPT} WHERE r.rollout_id = ? AND a.sequence_id = r.latest_attempt`;

/** The latest attempt of a rollout. */
const FROM_LATEST = 'FROM attempts a WHERE a.rollout_seq = r.seq AND a.sequence_id = r.latest_attempt';

/** What SQLite can sort by as `selectPage()` would; what is JSON is left to that. */
const SORT_KEYS: Partial<Record<RolloutSortField, string>> = {
  rolloutId: 'r.rollout_id',
  startTime: 'r.start_time',
  endTime: 'r.end_time',
  mode: 'r.mode',
  resourcesId: 'r.resources_id',
  status: 'r.status',
  priority: 'r.priority',
  attempts: 'r.latest_attempt',
  duration: `(SELECT a.end_time - a.start_time ${FROM_LATEST})`,
};

/** Fields that are never null are sorted by their column, which may have an index. */
const NEVER_NULL: readonly RolloutSortField[] = ['rolloutId', 'startTime', 'status', 'priority', 'attempts'];

const STORAGE_ORDER = 'r.seq';

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
    const { limit, offset } = selectPage([], { ...query, conditions: [], sortKinds: ROLLOUT_SORT_KINDS });
    const { sortBy } = query;
    const key = sortBy === undefined ? undefined : sortKey(sortBy);
    if (sortBy !== undefined && key === undefined) return this.#sortedInMemory(query);
    const order = key === undefined ? STORAGE_ORDER : `${key} ${query.sortOrder ?? 'asc'}, ${STORAGE_ORDER}`;
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
      statuses === undefined || order !== STORAGE_ORDER
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
    return Number(this.#sql.get(`SELECT COUNT(*) AS total FROM rollouts r WHERE ${where}`, ...values)?.['total']);
  }

  #sortedInMemory(query: RolloutQuery): Page<Rollout | AttemptedRollout> {
    const { where, values } = toFilter(query);
    const text = where === '' ? SELECT_WHOLE_ROLLOUT : `${SELECT_WHOLE_ROLLOUT} WHERE ${where}`;
    const rollouts = this.#sql.all(`${text} ORDER BY r.seq`, ...values).map(toRolloutWithAttempt);
    const found = new Map(rollouts.map((rollout) => [rollout.rolloutId, rollout]));
    const page = selectPage(
      rollouts.map((rollout) => queriedRollout(rollout, undefined)),
      { ...query, conditions: [], sortKinds: ROLLOUT_SORT_KINDS },
    );
    return new Page(
      page.items.flatMap(({ rolloutId }) => found.get(rolloutId) ?? []),
      page,
    );
  }
}

/** The statuses asked for, each once, if nothing else is. */
function onlyStatuses({ statusIn, ...query }: RolloutQuery): RolloutStatus[] | undefined {
  return statusIn === undefined || testsOf(query).length > 0 ? undefined : [...new Set(statusIn)];
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
  return [`SELECT r.seq FROM rollouts r${where === '' ? '' : ` WHERE ${where}`} ORDER BY ${order}`, values];
}

/** The filters as SQL; an empty text matches everything. */
function toFilter(query: RolloutQuery): Filter {
  const tests = testsOf(query);
  return {
    where: tests.map(([test]) => `(${test})`).join(query.filterLogic === 'or' ? ' OR ' : ' AND '),
    values: tests.flatMap(([, ...values]) => values),
  };
}

/** The filters as SQL, each with its values. */
function testsOf(query: RolloutQuery): [string, ...string[]][] {
  const { rolloutIdContains, metadataIn, errorContains } = query;
  return [
    ...isIn('r.status', query.statusIn),
    ...isIn('r.rollout_id', query.rolloutIdIn),
    ...(rolloutIdContains === undefined ? [] : [['instr(r.rollout_id, ?) > 0', rolloutIdContains] as [string, string]]),
    ...isIn('r.mode', query.modeIn),
    ...isIn('r.resources_id', query.resourcesIdIn),
    ...(metadataIn === undefined ? [] : [hasPair(metadataIn)]),
    ...(errorContains === undefined ? [] : [saysError(errorContains)]),
  ];
}

function isIn(column: string, values: readonly string[] | undefined): [string, string][] {
  return values === undefined ? [] : [[`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values)]];
}

/** Most metadata lack even the text of a pair, which is quick to see; where it is, it may still be in something nested. */
function hasPair(pairs: readonly string[]): [string, ...string[]] {
  if (pairs.length === 0) return ['FALSE'];
  const one = `instr(b.metadata, ?) > 0 AND
    EXISTS (SELECT 1 FROM json_each(b.metadata) m WHERE m.key = json_extract(?, '$') AND m.type = 'text' AND m.value = json_extract(?, '$'))`;
  const values = pairs.flatMap((pair) => {
    const [key, value] = metadataPair(pair).map((text) => JSON.stringify(text)) as [string, string];
    return [`${key}:${value}`, key, value];
  });
  const any = pairs.map(() => `(${one})`).join(' OR ');
  return [`EXISTS (SELECT 1 FROM rollout_bodies b WHERE b.seq = r.seq AND (${any}))`, ...values];
}

/**
 * Most attempts say nothing, and most of what is said lacks the text: to go through what is said as it is written, and to look closely at what is found, takes a tenth of
 * looking into every rollout.
 */
function saysError(part: string): [string, ...string[]] {
  const one = ERROR_FIELDS.map(
    (field) =>
      `(json_type(a.metadata, '$.${field}') = 'text' AND instr(json_extract(a.metadata, '$.${field}'), ?) > 0)`,
  );
  const said = `EXISTS (SELECT 1 ${FROM_LATEST} AND a.metadata IS NOT NULL AND (${one.join(' OR ')}))`;
  const values = ERROR_FIELDS.map(() => part);
  // Half of a character is written as a number, and the other half may be in what comes next.
  if (!part.isWellFormed()) return [said, ...values];
  const written = 'SELECT a.rollout_seq FROM attempts a WHERE a.metadata IS NOT NULL AND instr(a.metadata, ?) > 0';
  return [`r.seq IN (${written}) AND ${said}`, JSON.stringify(part).slice(1, -1), ...values];
}

/** `undefined` for what only memory can sort by. */
function sortKey(field: RolloutSortField): string | undefined {
  const key = SORT_KEYS[field];
  if (key === undefined || NEVER_NULL.includes(field)) return key;
  return `COALESCE(${key}, ${STAND_INS[ROLLOUT_SORT_KINDS[field]]})`;
}
