import type { Algorithm, Dataset } from '@agentlightning/core';
import type { ClientServerExecutionOptions } from '@agentlightning/execution';
import type { AgentInput } from '../fit-options.ts';
import type { TrainerOptions } from '../trainer-options.ts';

/** Tasks: at hand, or a file of them, a JSON object a line. A relative path is one from the folder of the config file. */
export type TaskSource<TTask> = Dataset<TTask> | string;

/**
 * What `agl run` is to do, in a file `agl.config.ts`: what `new Trainer()` and `fit()` take, in their words, and what only a command needs. Keys of models come
 * from the environment, never from this file.
 */
export interface RunConfig<TTask = unknown, TResult = unknown>
  extends Omit<TrainerOptions<TTask, TResult>, 'algorithm' | 'handleSignals'> {
  /** Must be one that a thread can load, see `LitAgent.moduleUrl`, unless `strategy` keeps it in this one. */
  readonly agent: AgentInput<TTask>;
  readonly algorithm: Algorithm<NoInfer<TTask>, TResult>;
  /** What the algorithm learns from. */
  readonly trainDataset?: TaskSource<NoInfer<TTask>>;
  /** What candidates are scored on. */
  readonly valDataset?: TaskSource<NoInfer<TTask>>;
  /** Read once, at the end, to score the best candidate and the initial resources on tasks the search never saw. */
  readonly testDataset?: TaskSource<NoInfer<TTask>>;
  /** How runners are kept apart, see `ClientServerExecutionOptions.isolation`. Excludes `strategy`, which says so itself. Default `shared`. */
  readonly isolation?: NonNullable<ClientServerExecutionOptions['isolation']>;
  /**
   * Where the directories of runs are made. A relative path is one from the folder of the config file. Default: `AGL_RUNS_DIRECTORY`, or `runs` in the working
   * directory.
   */
  readonly runsDirectory?: string;
  /** Ends what the config has started, such as a server of models. Called once, when the command is done with it, also after a failure. */
  readonly close?: () => void | Promise<void>;
}

/** A config, or what makes one: a function where something has to be started first. It is called once for each command, and not in threads. */
export type RunConfigInput<TTask = unknown, TResult = unknown> =
  | RunConfig<TTask, TResult>
  | (() => RunConfig<TTask, TResult> | Promise<RunConfig<TTask, TResult>>);

/**
 * Gives a config its types: tasks are those of the agent. It changes nothing; `agl` checks the config when it reads it.
 *
 * @example
 * ```ts
 * // agl.config.ts
 * import { APO, defineConfig, PromptTemplate } from 'agentlightning';
 * import OpenAI from 'openai';
 * import { CapitalAgent } from './capital-agent.ts';
 *
 * export default defineConfig({
 *   agent: new CapitalAgent(),
 *   algorithm: new APO(new OpenAI()),
 *   initialResources: { prompt: new PromptTemplate({ template: 'What is the capital of {country}?' }) },
 *   trainDataset: 'tasks/train.jsonl',
 *   valDataset: 'tasks/val.jsonl',
 * });
 * ```
 */
export function defineConfig<TTask, TResult>(config: RunConfig<TTask, TResult>): RunConfig<TTask, TResult>;
export function defineConfig<TTask, TResult>(
  config: () => RunConfig<TTask, TResult> | Promise<RunConfig<TTask, TResult>>,
): () => RunConfig<TTask, TResult> | Promise<RunConfig<TTask, TResult>>;
export function defineConfig<TTask, TResult>(config: RunConfigInput<TTask, TResult>): RunConfigInput<TTask, TResult> {
  return config;
}
