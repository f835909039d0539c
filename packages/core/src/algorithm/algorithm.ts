import type { ModuleSource } from '../execution/module-source.ts';
import type { AlgorithmContext } from './algorithm-context.ts';
import type { AlgorithmPlan, PlanSize } from './algorithm-plan.ts';
import type { Json } from './json.ts';

/**
 * How agents are trained: given data, resources and the tools of the context, find better resources.
 *
 * Implementations hold options and, after {@link restore}, a result; everything that happens during a run goes through the context.
 * Mirrors upstream `Algorithm` (v0.3.0).
 */
export abstract class Algorithm<TTask = unknown, TResult = unknown> {
  /** Shown in logs and recorded with the run. Default: the class name. */
  get name(): string {
    return this.constructor.name;
  }

  /**
   * `true` (default): everything goes through the durable tools of the context. An algorithm that drives the store by itself says
   * `false`; it gets `context.store` (see `StoreAlgorithmContext`), and its runs cannot be resumed.
   */
  get durable(): boolean {
    return true;
  }

  /**
   * Options that decide about results, as JSON; recorded with the run, which is not resumed under others. Leave out what does not: concurrency,
   * endpoints, logging. Default: `null`. The text of the algorithm's class is compared besides.
   */
  get fingerprint(): Json {
    return null;
  }

  /** Which datasets `fit` must be given; a missing or empty one is refused before any work. Default: the training set. */
  get requires(): { readonly trainDataset: boolean; readonly valDataset: boolean } {
    return { trainDataset: true, valDataset: false };
  }

  /**
   * Refuses resources this algorithm cannot work with, before any work starts.
   * @throws LightningError `RESOURCES_INVALID`
   */
  checkResources?(resources: AlgorithmContext<TTask>['initialResources']): void;

  /** How much work a run with datasets of this size comes to. Absent: unknown. Nothing is read or asked for it. */
  plan?(size: PlanSize): AlgorithmPlan;

  /**
   * Does the work. An abort of `context.signal` ends it by rejection, as every tool of the context then rejects.
   * @returns the result; what it consists of must be expressible by {@link snapshot}
   */
  abstract run(context: AlgorithmContext<TTask>): Promise<TResult>;

  /**
   * What is known so far, as JSON: read by the trainer when the run ends, also when it was stopped, and sent between threads.
   */
  abstract snapshot(): Json;

  /** Takes a snapshot over, wherever the run took place, and answers it as a result. */
  abstract restore(snapshot: Json): TResult;

  /**
   * How to make an equal algorithm in another thread. Needed with `mainProcess: 'runner'`. Async because finding the name of an export
   * means importing its module, see `findExportName()`.
   * @throws LightningError `SOURCE_NOT_LOADABLE` when it holds something that cannot be sent, saying what to write instead
   */
  abstract source(): Promise<ModuleSource>;
}
