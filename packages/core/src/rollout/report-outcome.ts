/** What became of a report about an attempt. */
export type ReportOutcome =
  /** It counts: the attempt says what was reported (and so does the rollout, if the attempt is the latest). */
  | 'applied'
  /** The attempt or its rollout had ended otherwise: the rollout is untouched. */
  | 'ignored-terminal'
  /** A newer attempt exists: the report is kept on this one unless it had ended, the rollout is untouched. */
  | 'superseded';
