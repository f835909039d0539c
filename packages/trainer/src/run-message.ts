import type { AlgorithmEvent, Json } from '@agentlightning/core';
import type { BudgetReached } from './budget/budget-reached.ts';
import type { Spend } from './budget/spend-rows.ts';

/** How many rollouts stand where. All but `queued` and `running` only grow. */
export interface RolloutCounts {
  readonly queued: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** What the algorithm side tells the trainer, wherever it runs. Plain JSON: it may cross a thread. */
export type RunMessage =
  | { readonly type: 'algorithm-event'; readonly key: string; readonly event: AlgorithmEvent }
  | { readonly type: 'evaluation-started'; readonly key: string; readonly rollouts: number; readonly mode: string }
  | { readonly type: 'evaluation-ended'; readonly key: string; readonly reason: string }
  | { readonly type: 'model-calls'; readonly count: number }
  | { readonly type: 'rollouts'; readonly counts: RolloutCounts }
  | { readonly type: 'best'; readonly score: number; readonly version: string; readonly candidate: Json }
  | { readonly type: 'spend'; readonly spend: Spend }
  | { readonly type: 'budget-reached'; readonly reached: BudgetReached }
  /** Nothing that is queued may begin any more; what is in flight may finish. */
  | { readonly type: 'halt' }
  | { readonly type: 'snapshot'; readonly snapshot: Json };
