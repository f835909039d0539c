/** What a run has noted of its work: a step, an evaluation, an event that was told. */
export interface RunRecord {
  /** What it is, e.g. `step`. */
  readonly kind: string;
  /** Unique among the records of its run and kind. */
  readonly key: string;
  /** Any text. */
  readonly value: string;
}

/**
 * Where a store keeps the records of runs: in its own transactions, so that after a crash neither the records are ahead of the rollouts, nor the
 * rollouts of the records.
 */
export interface RunRecordKeeper {
  /**
   * Records of a run, in the order in which they were first put.
   * @param kind - only those of this kind; default: all
   */
  load(runId: string, kind?: string): Promise<RunRecord[]>;
  /** Keeps records, all or none; one of a kind and key that are known replaces the known one. Resolves when they are on disk. */
  put(runId: string, records: readonly RunRecord[]): Promise<void>;
}
