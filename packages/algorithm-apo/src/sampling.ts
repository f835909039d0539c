import type { AlgorithmContext } from '@agentlightning/core';
import { drawParents, type VersionedPrompt } from './beam.ts';
import type { BranchPath } from './history.ts';
import type { OptimizerPrompt } from './prompts/optimizer-prompt.ts';

/** Endless batches of both datasets. */
export interface Batches<TTask> {
  readonly train: Iterator<readonly TTask[], never>;
  readonly val: Iterator<readonly TTask[], never>;
}

/** Everything random about one branch. */
export interface BranchDraw<TTask> {
  readonly path: BranchPath;
  readonly parent: VersionedPrompt;
  readonly tasks: readonly TTask[];
  readonly gradientPrompt: OptimizerPrompt;
  readonly editPrompt: OptimizerPrompt;
  /** A permutation of the tasks' indices: the order in which the critic sees them. */
  readonly order: readonly number[];
}

/** Everything random about one round. */
export interface RoundDraw<TTask> {
  readonly parents: readonly VersionedPrompt[];
  /** In the order of parents, then branches. */
  readonly branches: readonly BranchDraw<TTask>[];
  /** The tasks on which all candidates of the round are compared. */
  readonly valTasks: readonly TTask[];
}

/** What a draw depends on besides chance. */
export interface DrawOptions {
  readonly beamWidth: number;
  readonly branchFactor: number;
  readonly gradientPrompts: readonly OptimizerPrompt[];
  readonly editPrompts: readonly OptimizerPrompt[];
}

/**
 * Draws a whole round before any of it starts, so that nothing depends on what finishes first: batches in the order of branches, and for
 * each branch from a stream of its own.
 *
 * @param context - of the round
 */
export function drawRound<TTask>(
  context: AlgorithmContext<TTask>,
  beam: readonly VersionedPrompt[],
  batches: Batches<TTask>,
  { beamWidth, branchFactor, gradientPrompts, editPrompts }: DrawOptions,
): RoundDraw<TTask> {
  const parents = drawParents(beam, beamWidth, context.random('parents'));
  const branches = parents.flatMap((parent, parentIndex) =>
    Array.from({ length: branchFactor }, (_, branch): BranchDraw<TTask> => {
      const path = { parent: parentIndex, branch };
      const tasks = batches.train.next().value;
      const random = branchScope(context, path).random('choices');
      return {
        path,
        parent,
        tasks,
        gradientPrompt: random.pick(gradientPrompts),
        editPrompt: random.pick(editPrompts),
        order: random.shuffle([...tasks.keys()]),
      };
    }),
  );
  return { parents, branches, valTasks: batches.val.next().value };
}

/** The context of one branch. */
export function branchScope<TTask>(context: AlgorithmContext<TTask>, path: BranchPath): AlgorithmContext<TTask> {
  return context.scope(`p${path.parent}`, `b${path.branch}`);
}
