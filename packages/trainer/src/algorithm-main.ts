import {
  Algorithm,
  type AlgorithmEnvironment,
  type Json,
  LightningError,
  type ModuleSource,
  parseNamedResources,
  type RolloutConfigInput,
  silentLogger,
  systemClock,
  type TraceAdapter,
} from '@agentlightning/core';
import { loadFromSource } from '@agentlightning/runner';
import type { Budget } from './budget/budget.ts';
import type { Prices } from './budget/prices.ts';
import { runAlgorithm } from './run-algorithm.ts';

/** An `AlgorithmJob` as data, for the thread that runs the algorithm when the main one runs the agent. */
export interface AlgorithmJobData {
  readonly runId: string;
  readonly seed: number;
  readonly algorithm: ModuleSource | undefined;
  readonly adapter: ModuleSource | undefined;
  readonly trainDataset: readonly unknown[];
  readonly valDataset: readonly unknown[];
  readonly testDataset: readonly unknown[] | undefined;
  /** On the wire. */
  readonly initialResources: unknown;
  readonly rolloutConfig: RolloutConfigInput;
  readonly maxRollouts: number | undefined;
  readonly isResumable?: boolean;
  readonly budget?: Budget | undefined;
  readonly prices?: Prices | undefined;
  readonly slots?: number | null;
  readonly since?: number;
}

/** Entry for a thread: builds the algorithm from its source and runs it. */
export async function runAlgorithmFromData(data: AlgorithmJobData, environment: AlgorithmEnvironment): Promise<Json> {
  const report = await runAlgorithm(
    {
      ...data,
      initialResources: parseNamedResources(data.initialResources),
      algorithm: data.algorithm === undefined ? undefined : await loadFromSource(data.algorithm, asAlgorithm),
      adapter: data.adapter === undefined ? undefined : await loadFromSource(data.adapter, asAdapter),
    },
    environment,
    { clock: systemClock, logger: environment.logger ?? silentLogger },
  );
  return report as unknown as Json;
}

function asAlgorithm(value: unknown): Algorithm<unknown, unknown> {
  if (value instanceof Algorithm) return value;
  throw new LightningError('SOURCE_NOT_LOADABLE', 'The export is not an Algorithm');
}

function asAdapter(value: unknown): TraceAdapter<unknown> {
  if (typeof value === 'object' && value !== null && 'adapt' in value && typeof value.adapt === 'function') {
    return value as TraceAdapter<unknown>;
  }
  throw new LightningError('SOURCE_NOT_LOADABLE', 'The export is not a trace adapter: it has no method adapt()');
}
