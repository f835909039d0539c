import type { LedgerEntry } from './ledger-entry.ts';
import type { StoreSighting } from './store-sighting.ts';

/**
 * What is known of a run, or of a store under load, that something was done to. Only the ledger and the sightings are needed; each of the others adds
 * what can be told from it.
 */
export interface Evidence {
  readonly ledger: readonly LedgerEntry[];
  /** The store now and then, in the order of time; the last one when everything was over. At least one. */
  readonly sightings: readonly StoreSighting[];
  /** Reads of `best_prompt.json`, whole as they were, in the order of time. */
  readonly bestPrompts?: readonly string[];
  /** What `agl runs` showed of the run, in the order of time. */
  readonly runs?: readonly SeenRun[];
  /** What evaluations came to, by the records of the run. */
  readonly verdicts?: readonly SeenVerdict[];
  /** Scores that were told, and the evaluation (`metadata.evaluation` of its rollouts) that each is the mean of. */
  readonly scores?: readonly SeenScore[];
  /** The processes of the algorithm, one after the other; all but the last were killed. */
  readonly lives?: readonly Life[];
  /** How many model calls of the algorithm can be under way, or answered and not recorded, at once. */
  readonly mostCallsInFlight?: number;
  /** What the run came to. */
  readonly result?: unknown;
  /** The same of a run that nothing was done to. */
  readonly undisturbed?: UndisturbedRun;
  /** How long it took until everything was over after the last fault, and how long it may. */
  readonly settled?: { readonly ms: number; readonly boundMs: number };
  /** What a process held before and after many faults. */
  readonly holdings?: { readonly before: Holdings; readonly after: Holdings };
}

/** A line of `agl runs`. */
export interface SeenRun {
  readonly status: string;
  readonly bestScore: number | null;
}

/** The frozen outcomes of an evaluation. */
export interface SeenVerdict {
  readonly key: string;
  readonly rows: readonly {
    readonly rolloutId: string;
    readonly attemptId: string | null;
    readonly status: string;
    readonly reward: number | null;
  }[];
}

/** A score and where it comes from. */
export interface SeenScore {
  /** Of what, in words. */
  readonly what: string;
  readonly evaluation: string;
  readonly score: number;
}

/** One process of an algorithm. */
export interface Life {
  /** Calls that reached a model meanwhile. */
  readonly modelCalls: number;
  /** Calls that were recorded meanwhile. */
  readonly recordedCalls: number;
}

/** What a run came to that nothing was done to. */
export interface UndisturbedRun {
  readonly result: unknown;
  /** What was worked on, see `workOf()`. */
  readonly work: readonly string[];
  readonly modelCalls: number;
}

/** What a process holds of its system. */
export interface Holdings {
  readonly threads: number;
  readonly files: number;
  readonly timers: number;
  readonly heapBytes: number;
}
