import type { Attempt, Span, SpanInput } from '@agentlightning/core';
import { unknownSpans } from '@agentlightning/core/store-kit';
import type { RolloutRow } from './rollout-writes.ts';
import type { StoreEngine } from './store-engine.ts';

/** So many spans go into one transaction: some 2 ms. */
const SPANS_PER_TRANSACTION = 150;

interface StoredSlice {
  readonly stored: Span[];
  readonly unknown: SpanInput[];
  /** Whether the rollout of the first unknown one is there. */
  readonly isRolloutKnown: boolean;
}

/**
 * Stores spans, in slices, so that a large batch does not keep everybody else waiting.
 * @throws LightningError `NOT_FOUND` for those of unknown attempts; the others are stored
 */
export async function addSpans(engine: StoreEngine, spans: readonly SpanInput[]): Promise<Span[]> {
  const stored: Span[] = [];
  const unknown: SpanInput[] = [];
  let isRolloutKnown = false;
  for (let start = 0; start < spans.length || start === 0; start += SPANS_PER_TRANSACTION) {
    const slice = spans.slice(start, start + SPANS_PER_TRANSACTION);
    const result = await engine.write((now) => addSlice(engine, slice, now));
    stored.push(...result.stored);
    if (unknown.length === 0) isRolloutKnown = result.isRolloutKnown;
    unknown.push(...result.unknown);
  }
  if (unknown.length > 0) throw unknownSpans(unknown, isRolloutKnown);
  return stored;
}

/** Stores what is new, in order, and counts it as one sign of life for each attempt that got something. */
function addSlice(engine: StoreEngine, spans: readonly SpanInput[], now: number): StoredSlice {
  const { rollouts } = engine;
  if (spans.length > 0) engine.refuseIfFull();
  const stored: Span[] = [];
  const unknown: SpanInput[] = [];
  let isRolloutKnown = false;
  const touched = new Map<string, { readonly row: RolloutRow; readonly attempt: Attempt }>();
  for (const input of spans) {
    const row = rollouts.find(input.rolloutId);
    const attempt = row === undefined ? undefined : rollouts.findAttempt(row, input.attemptId);
    if (row === undefined || attempt === undefined) {
      if (unknown.length === 0) isRolloutKnown = row !== undefined;
      unknown.push(input);
      continue;
    }
    const span = engine.spans.add(row, attempt.sequenceId, input);
    if (span === undefined) continue;
    stored.push(span);
    touched.set(`${row.seq} ${attempt.sequenceId}`, { row, attempt });
  }
  for (const { row, attempt } of touched.values()) rollouts.apply(row, { type: 'span-received', attempt }, now);
  return { stored, unknown, isRolloutKnown };
}
