import type { Json } from '../algorithm/json.ts';
import type { Budget, Spend } from './spend.ts';

/** Where a run stands. */
export type RunStatus =
  /** A process works on it. */
  | 'running'
  /** It has its result. */
  | 'completed'
  /** It was stopped, and can be resumed. */
  | 'interrupted'
  /** It reached its budget, and can be resumed with more. */
  | 'budget'
  /** Its process ended without a result, and it can be resumed. */
  | 'broken-off';

/** What the files of a run say about it besides its events. Plain JSON. */
export interface RunDetails {
  readonly runId: string;
  /** As an absolute path. */
  readonly directory: string;
  readonly status: RunStatus;
  /** The process that works on it, as far as it is known. */
  readonly pid: number | null;
  readonly algorithm: string | null;
  /** What people call its agent: the name of its class, function or file; `null` for one without a name; it may be absent. */
  readonly agent?: string | null;
  /** Said beside every score; `null` when there is nothing to say. */
  readonly label: string | null;
  /** As the run began; `null` for an algorithm that names none. */
  readonly algorithmOptions: Json;
  /** How many tasks there are; `null` for a set that was not given. */
  readonly datasets: { readonly train: number | null; readonly val: number | null; readonly test: number | null };
  /** What tells whether other tasks are the same ones: a hash of each set; `null` for a set that was not given. */
  readonly datasetHashes: { readonly train: string | null; readonly val: string | null; readonly test: string | null };
  /** The resources it began with, by name: the text of a prompt (its first 1,000 characters), kind and model of an endpoint. */
  readonly initialResources: Readonly<Record<string, string>>;
  /** How its rollouts are tried. */
  readonly rolloutConfig: Json;
  readonly seed: number | null;
  /** Of this package, when the run began. */
  readonly version: string | null;
  /** Seconds since the epoch. */
  readonly startTime: number;
  /** How its script was started. Values of arguments that are named like secrets are `***`. */
  readonly command: {
    readonly script: string | null;
    readonly arguments: readonly string[];
    readonly directory: string;
    readonly nodeVersion: string;
  };
  /** Resumes that somebody insisted on although the run had changed: when, and what was different. */
  readonly forced: readonly { readonly time: number; readonly differences: readonly string[] }[];
  readonly bestScore: number | null;
  readonly bestVersion: string | null;
  /** How many rollouts it has asked for; `null` while its store cannot be read. */
  readonly rollouts: number | null;
  readonly spend: Spend | null;
  readonly budget: Budget | null;
  readonly stopReason: string | null;
  /** What it came to, as `result.json` has it (see `FitResult`); `null` as long as it has not ended. */
  readonly result: Json;
}
