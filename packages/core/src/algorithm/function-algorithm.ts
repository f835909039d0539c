import { LightningError } from '../errors/lightning-error.ts';
import { findExportName } from '../execution/find-export.ts';
import type { ModuleSource } from '../execution/module-source.ts';
import { refuseUnknownOptions } from '../options/check-options.ts';
import { Algorithm } from './algorithm.ts';
import type { AlgorithmContext, StoreAlgorithmContext } from './algorithm-context.ts';
import { canonicalHash } from './canonical-hash.ts';
import type { Json, Jsonable } from './json.ts';
import { findNonJson } from './json-check.ts';

/** What a function algorithm answers: JSON, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement answers `void`
export type FunctionResult<V> = V & ([V] extends [void] ? unknown : Jsonable<V>);

/** How to make an algorithm of a function. */
export interface FunctionAlgorithmOptions {
  /** Shown in logs and recorded with the run. Default: the function's name, or `algorithm`. */
  readonly name?: string;
  /** `import.meta.url` of the module that exports the algorithm; needed with `mainProcess: 'runner'`. */
  readonly moduleUrl?: string;
  /** Under which name it is exported. Default: found by looking for it among the exports. */
  readonly exportName?: string;
  /** `false`: the function drives the store by itself, and its runs cannot be resumed. Default `true`. */
  readonly durable?: boolean;
  /** Which datasets must be given. Default: the training set. */
  readonly requires?: { readonly trainDataset?: boolean; readonly valDataset?: boolean };
}

/**
 * Makes an algorithm of an async function: its result is the result of the run. Mirrors upstream `algo` (v0.3.0), whose arguments by name are fields of the
 * context here.
 *
 * @throws TypeError for an unknown option, or an `exportName` without `moduleUrl`
 * @example
 * ```ts
 * export const tryTwice = algorithm(
 *   async (context: AlgorithmContext<RoomTask>) => {
 *     const outcomes = await context
 *       .evaluate('both', { candidates: [{}, {}], tasks: Array.from(context.trainDataset), mode: 'train' })
 *       .outcomes();
 *     return { rewards: outcomes.map((outcome) => outcome.reward) };
 *   },
 *   { moduleUrl: import.meta.url },
 * );
 * ```
 */
export function algorithm<TTask = unknown, V = void>(
  fn: (context: StoreAlgorithmContext<TTask>) => Promise<FunctionResult<V>>,
  options: FunctionAlgorithmOptions & { readonly durable: false },
): FunctionAlgorithm<TTask, V>;
export function algorithm<TTask = unknown, V = void>(
  fn: (context: AlgorithmContext<TTask>) => Promise<FunctionResult<V>>,
  options?: FunctionAlgorithmOptions,
): FunctionAlgorithm<TTask, V>;
export function algorithm<TTask, V>(
  fn: (context: StoreAlgorithmContext<TTask>) => Promise<FunctionResult<V>>,
  options: FunctionAlgorithmOptions = {},
): FunctionAlgorithm<TTask, V> {
  return new FunctionAlgorithm<TTask, V>(fn, options);
}

/** The trainer gives the store to a function that declares `durable: false`, and the overloads of `algorithm()` see to it that no other asks for it. */
type AnyContextFunction<TTask, V> = (context: StoreAlgorithmContext<TTask>) => Promise<FunctionResult<V>>;

const OPTION_NAMES = ['name', 'moduleUrl', 'exportName', 'durable', 'requires'];
const REQUIRED_NAMES = ['trainDataset', 'valDataset'];

/** What {@link algorithm} makes. Its result is `undefined` until a run has ended. */
export class FunctionAlgorithm<TTask, V> extends Algorithm<TTask, V | undefined> {
  readonly #fn: AnyContextFunction<TTask, V>;
  readonly #options: FunctionAlgorithmOptions;
  #result: V | undefined;

  constructor(fn: AnyContextFunction<TTask, V>, options: FunctionAlgorithmOptions) {
    super();
    const action = 'Cannot create the algorithm';
    if (typeof fn !== 'function') {
      throw new TypeError(`${action} as it must be a function: current value is of type ${typeof fn}`);
    }
    refuseUnknownOptions(action, options, OPTION_NAMES);
    if (options.requires !== undefined) {
      refuseUnknownOptions(`${action} as its option 'requires' is wrong`, options.requires, REQUIRED_NAMES);
    }
    if (options.exportName !== undefined && options.moduleUrl === undefined) {
      throw new TypeError(`${action} as 'exportName' needs 'moduleUrl': write moduleUrl: import.meta.url`);
    }
    this.#fn = fn;
    this.#options = options;
  }

  override get name(): string {
    return this.#options.name ?? (this.#fn.name || 'algorithm');
  }

  override get durable(): boolean {
    return this.#options.durable ?? true;
  }

  /** The function's own text. What it calls may be anything. */
  override get fingerprint(): Json {
    return { function: canonicalHash(String(this.#fn)) };
  }

  override get requires(): { readonly trainDataset: boolean; readonly valDataset: boolean } {
    return { ...super.requires, ...this.#options.requires };
  }

  /** What the latest run answered, wherever it took place; `undefined` before one has ended. */
  get result(): V | undefined {
    return this.#result;
  }

  /** @throws LightningError `ALGORITHM_RULE_BROKEN` if the function answers what is not JSON */
  override async run(context: AlgorithmContext<TTask>): Promise<V | undefined> {
    this.#result = undefined;
    const result = await this.#fn(context as StoreAlgorithmContext<TTask>);
    const problem = result === undefined ? undefined : findNonJson(result);
    if (problem !== undefined) {
      throw new LightningError(
        'ALGORITHM_RULE_BROKEN',
        `The result of the algorithm '${this.name}' must be JSON or nothing, but ${problem} ($ is the result)`,
        { details: { algorithm: this.name } },
      );
    }
    this.#result = result;
    return result;
  }

  override snapshot(): Json {
    return this.#result === undefined ? {} : { result: this.#result as Json };
  }

  override restore(snapshot: Json): V | undefined {
    this.#result = (snapshot as { readonly result?: V }).result;
    return this.#result;
  }

  override async source(): Promise<ModuleSource> {
    const { moduleUrl } = this.#options;
    if (moduleUrl === undefined) throw this.#notLoadable('nothing says which module it is from');
    const exportName =
      this.#options.exportName ??
      (await findExportName(moduleUrl, this, (value) => FunctionAlgorithm.#functionOf(value)));
    if (exportName === undefined) throw this.#notLoadable(`${moduleUrl} does not export it`);
    return { moduleUrl, exportName };
  }

  static #functionOf(value: unknown): unknown {
    return typeof value === 'object' && value !== null && #fn in value ? value.#fn : undefined;
  }

  #notLoadable(problem: string): LightningError {
    // An export that is called as the function that makes it would hide it.
    const isName = /^[A-Za-z_$][\w$]*$/.test(this.name) && this.name !== 'algorithm';
    const name = isName ? this.name : 'myAlgorithm';
    return new LightningError(
      'SOURCE_NOT_LOADABLE',
      `Cannot run the algorithm '${this.name}' in another thread as ${problem}. Write at the top level of its file:\n\n  export const ${name} = algorithm(async (context) => { … }, { moduleUrl: import.meta.url });\n`,
      { details: { algorithm: this.name } },
    );
  }
}
