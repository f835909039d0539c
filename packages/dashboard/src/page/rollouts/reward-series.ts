import { getFeedback, getRewards, getRewardValue } from '@agentlightning/core/span';
import type { AttemptWire, PageSpan } from '../store/records.ts';

/** A reward that an attempt got at one moment. */
export interface RewardEntry {
  readonly attemptId: string;
  /** Of the attempt; `null` if it is not known. */
  readonly attemptNumber: number | null;
  readonly span: PageSpan;
  /** The primary one. */
  readonly value: number;
  /** The dimensions besides the primary one. */
  readonly others: readonly { readonly name: string; readonly value: number }[];
  readonly feedback: string | null;
  /** Whether it is the one that counts: the last of the latest attempt. */
  readonly counts: boolean;
}

/** All rewards of a rollout, in the order of attempts and spans. */
export function rewardSeries(attempts: readonly AttemptWire[], spans: readonly PageSpan[]): readonly RewardEntry[] {
  const numbers = new Map(attempts.map(({ attempt_id: id, sequence_id: number }) => [id, number]));
  const latest = attempts.reduce((newest, { sequence_id: number }) => Math.max(newest, number), 0);
  const entries = spans.flatMap((span): RewardEntry[] => {
    const value = getRewardValue(span);
    if (value === null) return [];
    return [
      {
        attemptId: span.attemptId,
        attemptNumber: numbers.get(span.attemptId) ?? null,
        span,
        value,
        others: getRewards(span).slice(1),
        feedback: getFeedback(span),
        counts: false,
      },
    ];
  });
  const inOrder = entries.toSorted(
    (a, b) => (a.attemptNumber ?? 0) - (b.attemptNumber ?? 0) || a.span.sequenceId - b.span.sequenceId,
  );
  const winner = inOrder.findLast(({ attemptNumber }) => attemptNumber === latest);
  return inOrder.map((entry) => (entry === winner ? { ...entry, counts: true } : entry));
}
