/** An operation that shows what memory costs that is far away; it is measured, and not judged. */
export const ANYWHERE = 'getRolloutById, of any';

/** What the process is asked. */
export type GrowthQuestion = { readonly type: 'operations' } | { readonly type: 'measure'; readonly operation: string };

/** What it answers: the operations by group once the store is filled, or what one call costs. */
export type GrowthAnswer =
  | { readonly groups: readonly { readonly name: string; readonly operations: readonly string[] }[] }
  | { readonly microseconds: number };
