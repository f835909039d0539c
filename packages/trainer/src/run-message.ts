import type { Json } from '@agentlightning/core';
import type { BudgetReached, RolloutCounts, RunEvent, Spend } from '@agentlightning/core/run';
import type { TimeReading } from './timing/time-split.ts';

export type { RolloutCounts };

type Told<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

/** What the algorithm side tells the trainer, wherever it runs. Plain JSON: it may cross a thread. */
export type RunMessage =
  /** `isReplay`: it was told by an earlier process, if that came to it. */
  | ((Told<'algorithm-event'> | Told<'evaluation-ended'> | Told<'held-out'>) & { readonly isReplay?: true })
  | Told<'evaluation-started'>
  | Told<'rollout-failed'>
  | Told<'model-calls'>
  | Told<'rollouts'>
  | Told<'warning'>
  | Told<'finding'>
  | Told<'finding-withdrawn'>
  | (Omit<Told<'best'>, 'candidate'> & { readonly candidate: Json })
  | { readonly type: 'spend'; readonly spend: Spend }
  | { readonly type: 'time'; readonly reading: TimeReading }
  | { readonly type: 'budget-reached'; readonly reached: BudgetReached }
  /** Nothing that is queued may begin any more; what is in flight may finish. */
  | { readonly type: 'halt' }
  | { readonly type: 'snapshot'; readonly snapshot: Json };
