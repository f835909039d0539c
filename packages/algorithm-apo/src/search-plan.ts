import type { ResolvedApoOptions } from './apo-options.ts';

/** Work that a search comes to: planned at its start, corrected after each round. */
export interface SearchPlan {
  readonly rollouts: number;
  readonly modelCalls: number;
}

/** What a plan depends on. */
export type SearchSize = Pick<
  ResolvedApoOptions,
  'beamWidth' | 'branchFactor' | 'beamRounds' | 'gradientBatchSize' | 'valBatchSize' | 'runInitialValidation'
> & { readonly trainTasks: number; readonly valTasks: number };

/** What became of a round that has ended. */
export interface RoundSize {
  /** Prompts scored on the round's validation batch. */
  readonly scored: number;
  readonly modelCalls: number;
  /** Members of the beam that the round ended with. */
  readonly beam: number;
}

/**
 * Rollouts and model calls of the whole search: of the rounds that have ended as they were, of the others as if each branch brought a new
 * prompt without a repair.
 */
export function planSearch(size: SearchSize, ended: readonly RoundSize[] = []): SearchPlan {
  const { beamWidth, branchFactor, beamRounds, gradientBatchSize, valBatchSize, trainTasks, valTasks } = size;
  const branches = beamWidth * branchFactor;
  const training = branches * Math.min(gradientBatchSize, trainTasks);
  let rollouts = size.runInitialValidation ? valTasks : 0;
  let modelCalls = 0;
  let beam = 1;
  for (let round = 0; round < beamRounds; round += 1) {
    const actual = ended[round];
    const scored = actual?.scored ?? beam + branches;
    rollouts += training + scored * Math.min(valBatchSize, valTasks) + valTasks;
    modelCalls += actual?.modelCalls ?? 2 * branches;
    beam = actual?.beam ?? Math.min(beamWidth, scored);
  }
  return { rollouts, modelCalls };
}
