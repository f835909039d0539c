/**
 * Every moment at which a test can have something happen to a process, by name. They are in the order of a rollout's way through a run. Each has a test that kills a
 * process there: see docs/reliability.md.
 */
export const FAILPOINTS = [
  /** `run.json` of a new run is there, and nothing else. */
  'run.begun',
  /** A resumed run has queued again what its predecessor left under way, and nothing was asked of the algorithm. */
  'run.revived',
  /** A step has its result, which is not recorded. */
  'step.beforeCommit',
  /** A step is recorded, and the algorithm does not know. */
  'step.afterCommit',
  /** An evaluation is recorded as open, and has no rollouts. */
  'evaluation.afterOpen',
  /** The rollouts of an evaluation are queued. */
  'evaluation.afterEnqueue',
  /** All outcomes are known, and the verdict is not recorded. */
  'evaluation.beforeClose',
  /** The verdict is recorded, and stragglers are not cancelled. */
  'evaluation.afterClose',
  /** A better candidate was offered, and is not recorded. */
  'best.offered',
  /** A transaction of a store's file is to be committed. */
  'commit.before',
  /** It is on disk, and whoever waits for it has not heard. */
  'commit.after',
  /** A claim is on disk, and its worker has not heard. */
  'claim.afterCommit',
  /** The server has what it will answer to a request. */
  'reply.before',
  /** A runner was handed a rollout, and has not begun. */
  'attempt.claimed',
  /** The agent has come to its end, and nobody else knows. */
  'attempt.judged',
  /** A report is to be sent. */
  'report.before',
  /** A report was acknowledged. */
  'report.after',
  /** A file of a run is written under another name, and flushed. */
  'file.beforeRename',
  /** It has its name, which is not flushed. */
  'file.afterRename',
  /** The run has ended, and its result is not written. */
  'run.beforeResult',
] as const;

/** One of {@link FAILPOINTS}. */
export type Failpoint = (typeof FAILPOINTS)[number];
