import type { Algorithm, Dataset, Json, NamedResources, RolloutResult, TraceAdapter } from '@agentlightning/core';

/** With what an algorithm is tried out. */
export interface AlgorithmTrial<TTask> {
  /** Makes the algorithm: one for each pass over a run, as each process makes its own. */
  readonly create: () => Algorithm<TTask, unknown>;
  /** Plays the agent. What it answers is to depend on task and resources alone. */
  readonly agent: (task: TTask, resources: NamedResources) => RolloutResult | Promise<RolloutResult>;
  readonly initialResources: NamedResources;
  readonly trainDataset?: Dataset<TTask>;
  readonly valDataset?: Dataset<TTask>;
  readonly adapter?: TraceAdapter<unknown>;
  /** Default 0. */
  readonly seed?: number;
  /** What of a result (the algorithm's snapshot) is to be equal. Default: all of it; leave out times that were measured. */
  readonly comparable?: (result: Json) => Json;
  /** How many of the possible kills are tried, spread over the run; default 40. */
  readonly kills?: number;
}
