/**
 * Where the wall time of a run went, in seconds, over all processes that worked on it. Each instant counts once, in the first of these that is true of it; the
 * parts add up to `wall`.
 */
export interface TimeSplit {
  /** Time in which a process worked on the run. */
  readonly wall: number;
  /** Rollouts were queued and every slot was taken: more runners would have helped. */
  readonly waitingForSlot: number;
  /**
   * Rollouts were under way, none was waiting for a slot: the share of that in which their agents waited for models. And time in which runners claimed nothing, as the
   * endpoint of these models had asked to be left alone.
   */
  readonly agentModels: number;
  /** The rest of that: the agents' own code, and what is around it in their runners. */
  readonly agentCode: number;
  /**
   * Rollouts were under way or waiting, and nothing tells more: the store is reached over HTTP and does not say what runs, or no model call of the agents was
   * seen, so that nobody knows whether they waited for one.
   */
  readonly agentUnknown: number;
  /** No rollout was under way, and a model call of the algorithm was. */
  readonly optimizer: number;
  /** None of these: the framework's own work. */
  readonly framework: number;
  /** What would have to be faster for the run to be faster, in a sentence; `null` as long as too little is known. */
  readonly bottleneck: string | null;
}
