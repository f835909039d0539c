import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Algorithm,
  canonicalHash,
  type Dataset,
  isPromptTemplate,
  type Json,
  type NamedResources,
  namedResourcesToWire,
  type Resource,
  RNG_VERSION,
} from '@agentlightning/core';
import { functionAgentBody } from '@agentlightning/runner';
import { z } from 'zod';
import { fingerprintOfDataset } from './dataset-fingerprint.ts';
import { moduleTree } from './module-tree.ts';

/**
 * What decides about the way of a run, by name. Another value on resume would make it another run. Any JSON: another version of this package may write
 * other fields, and is told apart by that.
 */
export type RunFingerprint = Readonly<Record<string, Json>>;

const fingerprintSchema = z.record(
  z.string(),
  z.unknown().transform((value) => value as Json),
);

/** `run.json`: what a run is, written when it begins. */
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
  /** What people call its agent, for them to know the run again; it decides nothing. */
  agent: z.string().nullable().default(null),
  fingerprint: fingerprintSchema,
  /** Resumes with another fingerprint, which somebody insisted on. The run is that of the latest one since. */
  forced: z.array(z.object({ time: z.number(), differences: z.array(z.string()) })).default([]),
});

/** See {@link runHeaderSchema}. */
export type RunHeader = z.output<typeof runHeaderSchema>;

/** What a fingerprint is made of. */
export interface FingerprintParts {
  readonly algorithm: Algorithm<never, unknown> | undefined;
  readonly agent: object;
  /** The agent's module, if it has one. */
  readonly agentUrl: string | undefined;
  readonly trainDataset: Dataset<unknown>;
  readonly valDataset: Dataset<unknown>;
  readonly testDataset: Dataset<unknown> | undefined;
  readonly initialResources: NamedResources;
  /** What the trainer was given instead of the algorithm's own. */
  readonly adapter: object | undefined;
  /** What the trainer was given instead of one of the run's own. */
  readonly store: object | undefined;
  readonly rolloutConfig: unknown;
  readonly seed: number;
}

/** The fingerprint of a run that is about to begin, or to go on. */
export function fingerprintOf(parts: FingerprintParts): RunFingerprint {
  const { algorithm, testDataset } = parts;
  return {
    algorithm: algorithm?.name ?? null,
    // Its own class may have no options that tell, and is in a module that may train as well: the text of the class it is.
    algorithm_code: algorithm === undefined ? null : hashOfText(String(algorithm.constructor)),
    algorithm_options: plain(algorithm?.fingerprint ?? null),
    adapter: parts.adapter?.constructor.name ?? null,
    store: parts.store === undefined ? 'own' : 'given',
    agent: fingerprintOfAgent(parts),
    train_dataset: plain(fingerprintOfDataset(parts.trainDataset)),
    val_dataset: plain(fingerprintOfDataset(parts.valDataset)),
    test_dataset: testDataset === undefined ? null : plain(fingerprintOfDataset(testDataset)),
    initial_resources: fingerprintOfResources(parts.initialResources),
    rollout: plain(parts.rolloutConfig),
    seed: parts.seed,
    random_streams: RNG_VERSION,
    version: packageVersion(),
  };
}

/** Its files, or its text where nothing says which file it is from. Options that it was made with may be keys and addresses, and are not looked at. */
function fingerprintOfAgent({ agent, agentUrl }: FingerprintParts): Json {
  const tree = agentUrl === undefined ? null : moduleTree(agentUrl);
  if (tree !== null || agent instanceof URL) return tree;
  const body = functionAgentBody(agent);
  return { '': hashOfText(typeof body === 'function' ? String(body) : String(agent.constructor)) };
}

/** Each by a hash of all that decides, and by what tells people which one it is. */
function fingerprintOfResources(resources: NamedResources): Json {
  const wire = plain(namedResourcesToWire(resources)) as Record<string, Json>;
  return Object.fromEntries(
    Object.entries(wire).map(([name, content]) => {
      const decisive = withoutEndpoint(content);
      return [name, { hash: canonicalHash(decisive), shown: shownOf(resources[name]!) }];
    }),
  );
}

function shownOf(resource: Resource): string {
  return isPromptTemplate(resource) ? resource.template.slice(0, 1_000) : `${resource.resourceType} ${resource.model}`;
}

/** Where a model is served and with what key may be another on resume, and a key belongs into no file. */
function withoutEndpoint(resource: Json): Json {
  return JSON.parse(
    JSON.stringify(resource, (key, value: unknown) => (key === 'endpoint' || key === 'api_key' ? typeof value : value)),
  ) as Json;
}

function hashOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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
