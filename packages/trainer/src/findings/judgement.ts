import type { Json } from '@agentlightning/core';

/** Something that makes the scores say less than they seem to. */
export interface Found {
  readonly message: string;
  readonly details: Readonly<Record<string, Json>>;
  /** How many it is about: twice as many are worth saying it again. */
  readonly weight: number;
}

/** What is thought of one kind of finding: that it is so, that it is not so, or nothing yet (`null`). */
export type Judgement = Found | 'refuted' | null;

/** When it is looked: after a rollout, after an evaluation, and for the last time. */
export type Moment = 'rollout' | 'evaluation' | 'end';

/** With fewer rollouts nothing is said of them before the end. */
export const FEWEST_ROLLOUTS = 8;

/** What the sets of a run are called. */
export const SET_NAMES = { train: 'training', val: 'validation', test: 'test' } as const;
