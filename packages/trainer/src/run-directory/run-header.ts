import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import {
  type Algorithm,
  canonicalHash,
  type Dataset,
  type Json,
  type NamedResources,
  namedResourcesToWire,
  RNG_VERSION,
} from '@agentlightning/core';
import { z } from 'zod';

const anyJson = z.unknown().transform((value) => value as Json);

/** What decides about the way of a run. Another value on resume would make it another run. */
const fingerprintSchema = z.strictObject({
  algorithm: z.string().nullable(),
  /** The algorithm's options, as far as they decide about results. */
  algorithm_options: anyJson,
  /** Hash of the agent's module. */
  agent: z.string().nullable(),
  train_dataset: z.strictObject({ rows: z.number().int(), hash: z.string() }),
  val_dataset: z.strictObject({ rows: z.number().int(), hash: z.string() }),
  test_dataset: z.strictObject({ rows: z.number().int(), hash: z.string() }).nullable(),
  /** Hash of the initial resources, without where models are served and their keys. */
  initial_resources: z.string(),
  rollout: anyJson,
  seed: z.number().int(),
  random_streams: z.string(),
  version: z.string(),
});

/** What decides about the way of a run. Another value on resume would make it another run. */
export type RunFingerprint = z.output<typeof fingerprintSchema>;

/** `run.json`: what a run is, written once when it begins. */
export const runHeaderSchema = z.object({
  format: z.literal(1),
  run_id: z.string().min(1),
  /** Seconds since the epoch. */
  start_time: z.number(),
  /** How the script was started, so that it can be started again. */
  command: z.object({
    script: z.string().nullable(),
    arguments: z.array(z.string()),
    directory: z.string(),
    node_version: z.string(),
  }),
  fingerprint: fingerprintSchema,
  /** Resumes with another fingerprint, which somebody insisted on. */
  forced: z.array(z.object({ time: z.number(), differences: z.array(z.string()) })).default([]),
});

/** See {@link runHeaderSchema}. */
export type RunHeader = z.output<typeof runHeaderSchema>;

/** What a fingerprint is made of. */
export interface FingerprintParts {
  readonly algorithm: Algorithm<never, unknown> | undefined;
  /** The agent's module, if it has one. */
  readonly agentUrl: string | undefined;
  readonly trainDataset: Dataset<unknown>;
  readonly valDataset: Dataset<unknown>;
  readonly testDataset: Dataset<unknown> | undefined;
  readonly initialResources: NamedResources;
  readonly rolloutConfig: unknown;
  readonly seed: number;
}

/** The fingerprint of a run that is about to begin, or to go on. */
export function fingerprintOf(parts: FingerprintParts): RunFingerprint {
  return {
    algorithm: parts.algorithm?.name ?? null,
    algorithm_options: plain(parts.algorithm?.fingerprint ?? null),
    agent: hashOfModule(parts.agentUrl),
    train_dataset: hashOfDataset(parts.trainDataset),
    val_dataset: hashOfDataset(parts.valDataset),
    test_dataset: parts.testDataset === undefined ? null : hashOfDataset(parts.testDataset),
    initial_resources: canonicalHash(withoutEndpoints(plain(namedResourcesToWire(parts.initialResources)))),
    rollout: plain(parts.rolloutConfig),
    seed: parts.seed,
    random_streams: RNG_VERSION,
    version: packageVersion(),
  };
}

/** In what two fingerprints differ, in words; empty when they are equal. */
export function differencesOf(recorded: RunFingerprint, now: RunFingerprint): string[] {
  const names = Object.keys(recorded) as (keyof RunFingerprint)[];
  return names
    .filter((name) => !isDeepStrictEqual(recorded[name], now[name]))
    .map((name) => `${String(name)} was ${shown(recorded[name])} and is ${shown(now[name])}`);
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function hashOfDataset(dataset: Dataset<unknown>): { rows: number; hash: string } {
  const rows = Array.from(dataset);
  return { rows: rows.length, hash: canonicalHash(plain(rows)) };
}

/** Only the module itself: what it imports may be anything. */
function hashOfModule(url: string | undefined): string | null {
  if (url === undefined || !url.startsWith('file:')) return null;
  try {
    return canonicalHash(readFileSync(new URL(url), 'utf8'));
  } catch {
    // It cannot be read as a file, or not any more; the agent was loaded all the same.
    return null;
  }
}

/** Where a model is served and with what key may be another on resume, and a key belongs into no file. */
function withoutEndpoints(resources: Json): Json {
  return JSON.parse(
    JSON.stringify(resources, (key, value: unknown) =>
      key === 'endpoint' || key === 'api_key' ? typeof value : value,
    ),
  ) as Json;
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
