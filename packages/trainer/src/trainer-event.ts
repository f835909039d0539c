import type { NamedResources } from '@agentlightning/core';
import type { RunEvent } from '@agentlightning/core/run';

/**
 * What happens in a run, for terminals and programs in the same process: as a `RunEvent`, with resources that can be used as they are. Each is told once, in order;
 * counters (`rollouts`, `spend`, `time`) at most ten times a second. What an earlier process of the run has told is not told again, but for the best so far.
 * A run that fails rejects instead of telling `run-failed`.
 */
export type TrainerEvent =
  | Exclude<RunEvent, { readonly type: 'best' | 'run-failed' }>
  | (Omit<Extract<RunEvent, { readonly type: 'best' }>, 'candidate'> & { readonly candidate: NamedResources });
