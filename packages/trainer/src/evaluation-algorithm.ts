import {
  Algorithm,
  type AlgorithmContext,
  type AlgorithmPlan,
  type Json,
  type ModuleSource,
  type PlanSize,
  type RolloutMode,
  type TaskOutcome,
} from '@agentlightning/core';

/** Outcomes as plain data: without the trace, which the store has only while the run lasts. */
export type EvaluatedTask<TTask> = Omit<TaskOutcome<TTask>, 'trace'>;

/** Runs the initial resources once on the training set: what `Trainer.evaluate()` is made of. */
export class EvaluationAlgorithm<TTask> extends Algorithm<TTask, readonly EvaluatedTask<TTask>[]> {
  readonly #mode: RolloutMode;
  #outcomes: readonly EvaluatedTask<TTask>[] = [];

  constructor(options: { readonly mode: RolloutMode }) {
    super();
    this.#mode = options.mode;
  }

  override async run(context: AlgorithmContext<TTask>): Promise<readonly EvaluatedTask<TTask>[]> {
    const tasks = Array.from(context.trainDataset);
    context.emit('plan', { type: 'plan', rounds: 1, rollouts: tasks.length, modelCalls: 0 });
    const outcomes = context.evaluate('evaluation', { candidates: [{}], tasks, mode: this.#mode });
    this.#outcomes = (await outcomes.outcomes()).map(({ trace: _trace, ...outcome }) => outcome);
    return this.#outcomes;
  }

  override plan({ trainTasks: rollouts }: PlanSize): AlgorithmPlan {
    const part = { name: 'evaluation', round: 1, rollouts, modelCalls: 0, formula: `${rollouts} tasks` };
    return { rounds: 1, parts: [part], extras: [] };
  }

  override snapshot(): Json {
    return this.#outcomes as unknown as Json;
  }

  override restore(snapshot: Json): readonly EvaluatedTask<TTask>[] {
    this.#outcomes = snapshot as unknown as readonly EvaluatedTask<TTask>[];
    return this.#outcomes;
  }

  override async source(): Promise<ModuleSource> {
    return { moduleUrl: import.meta.url, exportName: 'EvaluationAlgorithm', options: { mode: this.#mode } };
  }
}
