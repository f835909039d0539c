/**
 * What somebody outside of the store noted, as a line of a file that is only appended to. Each line says what had been done, or acknowledged, when it was
 * written; nothing of it comes from the store.
 */
export type LedgerEntry =
  /** The store acknowledged a rollout. */
  | { readonly what: 'enqueued'; readonly rolloutId: string }
  /** The agent began to work on an attempt. */
  | {
      readonly what: 'begun';
      readonly rolloutId: string;
      readonly attemptId: string;
      /** The prompt that it was given. */
      readonly prompt?: string;
    }
  /** The agent came to its end. */
  | {
      readonly what: 'ended';
      readonly rolloutId: string;
      readonly attemptId: string;
      /** What it returned; absent where rewards are not looked at. */
      readonly reward?: number;
    }
  /** The store acknowledged a span. */
  | { readonly what: 'span'; readonly rolloutId: string; readonly attemptId: string; readonly spanId: string }
  /** The store acknowledged a report. */
  | {
      readonly what: 'reported';
      readonly rolloutId: string;
      readonly attemptId: string;
      readonly status: string;
      readonly outcome: string;
    }
  /** A wait answered the rollout. */
  | { readonly what: 'seen'; readonly rolloutId: string; readonly status: string };

/** The entries of a ledger; a last line that was cut off by a kill is left out. */
export function parseLedger(text: string): LedgerEntry[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerEntry);
}
