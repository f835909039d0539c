import {
  Page,
  SPAN_SORT_KINDS,
  type Span,
  type SpanInput,
  type SpanQuery,
  selectPage,
  spanCodec,
  spanConditions,
} from '@agentlightning/core';
import type { RolloutRows } from './rollout-rows.ts';
import type { RolloutRow } from './rollout-writes.ts';
import type { Sql } from './sql.ts';
import type { StoreCounts } from './store-counts.ts';

/** As memory has it: of several attempts the newest comes first. */
const STORAGE_ORDER = 'attempt DESC, seq';

/** The spans. */
export class SpanRows {
  readonly #sql: Sql;
  readonly #counts: StoreCounts;
  readonly #rollouts: RolloutRows;

  constructor(sql: Sql, counts: StoreCounts, rollouts: RolloutRows) {
    this.#sql = sql;
    this.#counts = counts;
    this.#rollouts = rollouts;
  }

  /**
   * Stores a span of an attempt, numbered by the rollout's counter if it has no number.
   * @returns `undefined` if the attempt has a span of that id
   */
  add(row: RolloutRow, attempt: number, input: SpanInput): Span | undefined {
    if (input.sequenceId !== null) this.#rollouts.raiseSpanNumber(row, input.sequenceId);
    const span: Span = { ...input, sequenceId: input.sequenceId ?? row.spanCounter + 1 };
    const isNew = this.#sql.run(
      'INSERT INTO spans (rollout_seq, attempt, span_id, sequence_id, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      ...[row.seq, attempt, span.spanId, span.sequenceId, JSON.stringify(spanCodec.encode(span))],
    );
    if (isNew === 0) return undefined;
    this.#rollouts.raiseSpanNumber(row, span.sequenceId);
    this.#counts.add('spans', 1);
    return span;
  }

  /** A page of the spans of one rollout. */
  query(query: SpanQuery): Page<Span> {
    const rollout = this.#sql.get('SELECT seq, latest_attempt FROM rollouts WHERE rollout_id = ?', query.rolloutId);
    const evicted = rollout === undefined && this.#rollouts.isEvicted(query.rolloutId);
    const conditions = spanConditions(query);
    const selection = { ...query, sortBy: query.sortBy === undefined ? 'sequenceId' : query.sortBy, conditions };
    if (rollout === undefined)
      return new Page([], { ...selectPage([], { ...selection, sortKinds: SPAN_SORT_KINDS }), evicted });
    const scope = this.#scope(rollout['seq'] as number, rollout['latest_attempt'] as number, query.attemptId);
    if (conditions.length === 0 && selection.sortBy === 'sequenceId') return this.#firstPages(scope, query);
    const spans = this.#sql
      .all(`SELECT body FROM spans WHERE ${scope.where} ORDER BY ${STORAGE_ORDER}`, ...scope.values)
      .map(toSpan);
    const page = selectPage(spans, { ...selection, sortKinds: SPAN_SORT_KINDS });
    return new Page(page.items, page);
  }

  /** Without filters, by number: what everybody asks for. Only what is on the page is read. */
  #firstPages(scope: Scope, query: SpanQuery): Page<Span> {
    const { limit, offset } = selectPage([], { ...query, conditions: [], sortKinds: SPAN_SORT_KINDS });
    const direction = query.sortOrder === 'desc' ? 'DESC' : 'ASC';
    const rows = this.#sql.all(
      `SELECT body FROM spans WHERE ${scope.where} ORDER BY sequence_id ${direction}, ${STORAGE_ORDER} LIMIT ? OFFSET ?`,
      ...[...scope.values, limit, offset],
    );
    const isAll = offset === 0 && (limit === -1 || rows.length < limit);
    const total = isAll
      ? rows.length
      : Number(this.#sql.get(`SELECT COUNT(*) AS total FROM spans WHERE ${scope.where}`, ...scope.values)?.['total']);
    return new Page(rows.map(toSpan), { limit, offset, total });
  }

  #scope(rolloutSeq: number, latestAttempt: number, attemptId: string | undefined): Scope {
    if (attemptId === undefined) return { where: 'rollout_seq = ?', values: [rolloutSeq] };
    const where = 'rollout_seq = ? AND attempt = ?';
    if (attemptId === 'latest') return { where, values: [rolloutSeq, latestAttempt] };
    const attempt = this.#sql.get(
      'SELECT sequence_id FROM attempts WHERE rollout_seq = ? AND attempt_id = ?',
      ...[rolloutSeq, attemptId],
    );
    // No attempt has the number 0.
    return { where, values: [rolloutSeq, attempt === undefined ? 0 : (attempt['sequence_id'] as number)] };
  }
}

interface Scope {
  readonly where: string;
  readonly values: readonly number[];
}

function toSpan(row: Record<string, unknown>): Span {
  return spanCodec.decode(JSON.parse(row['body'] as string));
}
