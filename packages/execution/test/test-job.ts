import {
  type Agent,
  type ExecutionJob,
  type Hook,
  type Json,
  type LightningStore,
  type Loadable,
  type ModuleSource,
  silentLogger,
  type Tracer,
} from '@agentlightning/core';
import * as algorithms from './fixtures/algorithms.ts';

const fixture = (name: string): string => new URL(`./fixtures/${name}`, import.meta.url).href;

/** The source of an agent among the fixtures. */
export function fixtureAgent(exportName: string, file = 'agents.ts', options?: unknown): { source: ModuleSource } {
  return { source: { moduleUrl: fixture(file), exportName, ...(options === undefined ? {} : { options }) } };
}

/** What a {@link testJob} consists of; the rest is the same for all. */
export interface TestJobOptions {
  readonly agent: Loadable<Agent>;
  /** Name of a function in `fixtures/algorithms.ts`. */
  readonly algorithm?: keyof typeof algorithms;
  /** Its first argument. */
  readonly data?: unknown;
  readonly nRunners?: number;
  readonly maxRollouts?: number;
  readonly store?: LightningStore;
  readonly signal?: AbortSignal;
  readonly hooks?: readonly Loadable<Hook>[];
  readonly tracer?: Loadable<Tracer>;
  readonly onMessage?: (message: Json) => void;
}

/** A job whose algorithm can run in this thread or in another. */
export function testJob(options: TestJobOptions): ExecutionJob {
  const { agent, algorithm = 'runTasks', data = { tasks: [1, 2, 3] }, nRunners = 2, maxRollouts, store } = options;
  const module = { moduleUrl: fixture('algorithms.ts'), exportName: algorithm };
  return {
    algorithm: {
      run: (environment) => new Map(Object.entries(algorithms)).get(algorithm)!(data, environment),
      source: async () => ({ module, data }),
      onMessage: options.onMessage ?? (() => {}),
    },
    runner: {
      agent,
      hooks: options.hooks ?? [],
      nRunners,
      heartbeatIntervalMs: 500,
      ...(options.tracer === undefined ? {} : { tracer: options.tracer }),
      ...(maxRollouts === undefined ? {} : { maxRollouts }),
    },
    signal: options.signal ?? new AbortController().signal,
    logger: silentLogger,
    ...(store === undefined ? {} : { store }),
  };
}
