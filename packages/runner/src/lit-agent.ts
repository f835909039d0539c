import {
  type Agent,
  LightningError,
  type NamedResources,
  type RolloutContext,
  type RolloutResult,
} from '@agentlightning/core';

/** Constructor arguments of a {@link LitAgent}: none needed when it has no options. */
export type LitAgentArguments<TOptions> = undefined extends TOptions ? [options?: TOptions] : [options: TOptions];

/**
 * An agent to be trained: subclass it and write {@link rollout}.
 *
 * `TTask` is a row of the dataset, `TOptions` what the constructor takes. A subclass that is to run in worker threads is exported, says where it is
 * from with `moduleUrl`, and keeps to the one constructor argument, since that is how a thread makes its own. One instance works on
 * many tasks at once: what belongs to one task is held in local variables.
 *
 * Mirrors upstream `LitAgent` (v0.3.0), with one async method where that has a sync and an async one.
 *
 * @example
 * ```ts
 * export class RoomSelector extends LitAgent<RoomTask> {
 *   static override readonly moduleUrl = import.meta.url;
 *   override async rollout(task: RoomTask, resources: NamedResources, rollout: RolloutContext): Promise<RolloutResult> {
 *     return (await this.choose(task, resources, rollout.signal)) === task.expected ? 1 : 0;
 *   }
 * }
 * ```
 */
export abstract class LitAgent<TTask = unknown, TOptions = undefined> implements Agent<TTask> {
  /** `import.meta.url` of the module that exports the class. Without it the agent runs in the thread that made it, and nowhere else. */
  static readonly moduleUrl?: string;

  /** What the constructor was given. Must survive `structuredClone` if the agent is to run in worker threads. */
  readonly options: TOptions;

  constructor(...[options]: LitAgentArguments<TOptions>) {
    this.options = options as TOptions;
  }

  /**
   * Works on one task. Throwing fails the attempt; see `RolloutResult` for what may be returned. Required unless the modes that occur have a method of
   * their own.
   *
   * @param resources - the snapshot the rollout was enqueued with, by name
   * @param rollout - ids, mode and metadata of the rollout, and the `signal` that is aborted on timeout, cancellation and shutdown
   */
  rollout(_task: TTask, _resources: NamedResources, rollout: RolloutContext): Promise<RolloutResult> | RolloutResult {
    const { mode } = rollout;
    const own = mode === 'train' ? 'trainingRollout' : 'validationRollout';
    throw new LightningError(
      'INVALID_ARGUMENT',
      `${this.constructor.name} cannot work on a rollout whose mode is ${mode ?? 'not set'} as it defines neither ${own}() nor rollout()`,
    );
  }

  /** Used instead of {@link rollout} when the mode is `train`. */
  trainingRollout?(
    task: TTask,
    resources: NamedResources,
    rollout: RolloutContext,
  ): Promise<RolloutResult> | RolloutResult;

  /** Used instead of {@link rollout} in every other mode: `val`, `test`, and none. */
  validationRollout?(
    task: TTask,
    resources: NamedResources,
    rollout: RolloutContext,
  ): Promise<RolloutResult> | RolloutResult;
}

/** Has `agent` work on a task, by the method for the rollout's mode. */
export async function runAgent<TTask>(
  agent: Agent<TTask>,
  task: TTask,
  resources: NamedResources,
  rollout: RolloutContext,
): Promise<RolloutResult> {
  const isTraining = rollout.mode === 'train';
  if (isTraining && agent.trainingRollout !== undefined) return await agent.trainingRollout(task, resources, rollout);
  if (!isTraining && agent.validationRollout !== undefined) {
    return await agent.validationRollout(task, resources, rollout);
  }
  return await agent.rollout(task, resources, rollout);
}

/** Whether `value` can be given tasks: an instance or a function agent. */
export function isAgent(value: unknown): value is Agent {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const methods = ['rollout', 'trainingRollout', 'validationRollout'] as const;
  return methods.some((name) => typeof (value as Partial<Agent>)[name] === 'function');
}
