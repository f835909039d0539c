import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  checkDataset,
  type Dataset,
  datasetFromJsonl,
  isLightningError,
  refuseUnknownOptions,
} from '@agentlightning/core';
import { ClientServerExecutionStrategy } from '@agentlightning/execution';
import { type AgentInput, checkAgent, type FitOptions } from '../fit-options.ts';
import { shownPath } from '../shown-path.ts';
import { OPTION_NAMES, resolveTrainerOptions, type TrainerOptions } from '../trainer-options.ts';
import { configError } from './config-error.ts';
import type { RunConfig, TaskSource } from './define-config.ts';
import { findLiteralKey } from './literal-keys.ts';

/** A config that was read and found to be usable. */
export interface LoadedConfig {
  /** Absolute. */
  readonly path: string;
  /** As it is shown: from the working directory, if it is below. */
  readonly shown: string;
  readonly agent: AgentInput<unknown>;
  /** For `new Trainer()`. */
  readonly trainerOptions: TrainerOptions<unknown, unknown>;
  readonly trainDataset: Dataset<unknown>;
  /** What `fit()` takes beside it. */
  readonly fitOptions: Pick<FitOptions<unknown>, 'valDataset' | 'testDataset'>;
  /** Absolute; `undefined` if the config does not say. */
  readonly runsDirectory: string | undefined;
  /** Ends what the config has started. The second call is the same as the first. */
  close(): Promise<void>;
}

/** Of `RunConfig`, beside what a trainer takes. */
const OWN_FIELDS = [
  'agent',
  'trainDataset',
  'valDataset',
  'testDataset',
  'isolation',
  'runsDirectory',
  'close',
] as const satisfies readonly (keyof RunConfig)[];
const TRAINER_FIELDS = OPTION_NAMES.filter((name) => name !== 'handleSignals');
const DATASETS = ['trainDataset', 'valDataset', 'testDataset'] as const;

/**
 * Loads a config: imports the file, calls what it exports if that is a function, reads its datasets and checks its fields. What it has started is ended if that fails.
 *
 * @param path - absolute, see `findConfig()`
 * @throws LightningError `CONFIG_INVALID` naming file and field; `DATASET_INVALID` for a file of tasks with bad lines
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const shown = shownPath(path);
  refuseLiteralKey(path, shown);
  const config = await makeConfig(await importConfig(path, shown), shown);
  const close = closeOnce(config);
  try {
    return { path, shown, ...(await readFields(config, { path, shown })), close };
  } catch (error) {
    await close().catch(() => {
      // The config has an error of its own.
    });
    throw error;
  }
}

function refuseLiteralKey(path: string, shown: string): void {
  const found = findLiteralKey(path);
  if (found === undefined) return;
  const file = found.file === '.' ? shown : shownPath(resolve(dirname(path), found.file));
  throw configError(
    { path: file, field: null },
    `a key is written into line ${found.line}. Keys come from the environment alone, so that a file which is committed or sent has none: process.env['OPENAI_API_KEY']`,
  );
}

async function importConfig(path: string, shown: string): Promise<unknown> {
  try {
    const exports = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    return exports.default;
  } catch (error) {
    throw configError({ path: shown, field: null }, `it cannot be loaded: ${failureText(error)}`, error);
  }
}

async function makeConfig(exported: unknown, shown: string): Promise<RunConfig> {
  let config: unknown = exported;
  if (typeof exported === 'function') {
    try {
      config = await (exported as () => unknown)();
    } catch (error) {
      throw configError({ path: shown, field: null }, `its function failed: ${failureText(error)}`, error);
    }
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw configError(
      { path: shown, field: null },
      `its default export must be a config, or a function that makes one: export default defineConfig({ … }). Current value is ${describe(config)}. A script that trains by itself is started by node`,
    );
  }
  return config as RunConfig;
}

async function readFields(
  config: RunConfig,
  { path, shown }: { readonly path: string; readonly shown: string },
): Promise<Omit<LoadedConfig, 'path' | 'shown' | 'close'>> {
  const folder = dirname(path);
  checking(shown, () => {
    refuseUnknownOptions('Cannot use it', config, [...OWN_FIELDS, ...TRAINER_FIELDS]);
    checkOwnFields(config);
  });
  const trainerOptions = trainerOptionsOf(config, shown);
  checking(shown, () => resolveTrainerOptions(trainerOptions));
  const [trainDataset, valDataset, testDataset] = await Promise.all(
    DATASETS.map((name) => readTasks(config[name], { name, folder, shown })),
  );
  return {
    agent: config.agent,
    trainerOptions,
    trainDataset: trainDataset ?? [],
    fitOptions: {
      ...(valDataset === undefined ? {} : { valDataset }),
      ...(testDataset === undefined ? {} : { testDataset }),
    },
    runsDirectory: config.runsDirectory === undefined ? undefined : resolve(folder, config.runsDirectory),
  };
}

/** Runs checks that throw in the words of `new Trainer()`, and says it in those of a config. */
function checking<T>(shown: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^Cannot [^']*? as (?=')/, '') : String(error);
    throw configError({ path: shown, field: /^'([^']+)'/.exec(message)?.[1] ?? null }, message, error);
  }
}

function checkOwnFields(config: RunConfig): void {
  const { agent, algorithm, isolation, strategy, runsDirectory, close } = config;
  try {
    checkAgent(agent);
  } catch {
    throw wanted('agent', 'an instance of a LitAgent subclass, what rollout() made, or the URL of its module', agent);
  }
  if (algorithm === undefined) throw wanted('algorithm', 'an algorithm, such as new APO(new OpenAI())', algorithm);
  if (isolation !== undefined && strategy !== undefined) {
    throw new TypeError("'isolation' and 'strategy' exclude each other: the strategy has its own isolation");
  }
  if (runsDirectory !== undefined && (typeof runsDirectory !== 'string' || runsDirectory === '')) {
    throw wanted('runsDirectory', 'the path of a folder', runsDirectory);
  }
  if (close !== undefined && typeof close !== 'function') throw wanted('close', 'a function', close);
}

function trainerOptionsOf(config: RunConfig, shown: string): TrainerOptions<unknown, unknown> {
  const given = TRAINER_FIELDS.map((name) => [name, config[name]] as const).filter(([, value]) => value !== undefined);
  const options = Object.fromEntries(given) as TrainerOptions<unknown, unknown>;
  const { isolation } = config;
  if (isolation === undefined) return options;
  return checking(shown, () => ({
    ...options,
    strategy: ClientServerExecutionStrategy.fromEnvironment({ isolation }),
  }));
}

async function readTasks(
  source: TaskSource<unknown> | undefined,
  { name, folder, shown }: { readonly name: string; readonly folder: string; readonly shown: string },
): Promise<Dataset<unknown> | undefined> {
  if (source === undefined) return undefined;
  if (typeof source !== 'string') {
    checkDataset(name, source);
    return source;
  }
  try {
    return await datasetFromJsonl(resolve(folder, source));
  } catch (error) {
    if (!isLightningError(error, 'NOT_FOUND')) throw error;
    throw configError({ path: shown, field: name }, `'${name}': ${error.message}`, error);
  }
}

function closeOnce(config: RunConfig): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= Promise.resolve().then(() => config.close?.());
    return closing;
  };
}

/** The message of an error, and where in the files of the user it comes from. */
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = placeOf(error.stack ?? '');
  return place === undefined ? error.message : `${error.message} (${place})`;
}

/** A line of its own comes first for code that cannot be read, by its path; then the calls, by URLs. */
function placeOf(stack: string): string | undefined {
  const unreadable = /^((?:\/|[A-Z]:\\|file:)[^\n]*):(\d+)\n/.exec(stack);
  const calls = [...stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)(?::\d+)?(?=[\s)]|$)/gm)];
  const call = calls.find(([, url]) => !url!.includes('/node_modules/') && !url!.startsWith(OUR_FILES));
  const [, file, line] = unreadable ?? call ?? [];
  if (file === undefined) return undefined;
  return `${shownPath(file.startsWith('file:') ? fileURLToPath(file) : file)}:${line}`;
}

/** The sources of this package: nobody's config is in them. */
const OUR_FILES = new URL('../', import.meta.url).href;

function wanted(name: string, what: string, value: unknown): TypeError {
  return new TypeError(`'${name}' must be ${what}: current value is ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `the function or class '${value.name}'`;
  return typeof value === 'object' && value !== null
    ? `an instance of ${value.constructor?.name ?? 'Object'}`
    : String(value);
}
