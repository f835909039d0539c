/** Rollouts that failed for the same reason. */
export interface FailureGroup {
  /** With what differs from one to the next, such as numbers and ids, left out. */
  readonly message: string;
  readonly count: number;
  /** One of them. */
  readonly rolloutId: string;
  readonly example: string;
}

/** Groups that are kept apart; what comes on top is counted with the last. */
const MOST_FAILURE_GROUPS = 50;

/** The groups with one more failure, the most frequent first. */
export function withFailure(
  groups: readonly FailureGroup[],
  { error, rolloutId }: { readonly error: string; readonly rolloutId: string },
): readonly FailureGroup[] {
  const isFull = groups.length >= MOST_FAILURE_GROUPS;
  const own = failurePattern(error);
  const message = isFull && !groups.some((group) => group.message === own) ? OTHER_FAILURES : own;
  const known = groups.find((group) => group.message === message);
  const changed =
    known === undefined ? { message, count: 1, rolloutId, example: error } : { ...known, count: known.count + 1 };
  return [...groups.filter((group) => group !== known), changed].sort((a, b) => b.count - a.count);
}

const OTHER_FAILURES = 'other errors';

/** An error without what differs from one rollout to the next. */
function failurePattern(error: string): string {
  return error
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|[0-9a-f]{16,}/gi, '…')
    .replace(/\d+(\.\d+)?/g, '…')
    .slice(0, 200);
}
