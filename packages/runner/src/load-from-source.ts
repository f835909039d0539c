import { type Agent, importExports, isLightningError, LightningError, type ModuleSource } from '@agentlightning/core';
import { isAgent } from './lit-agent.ts';

/**
 * Makes the object that a source describes, as `ModuleSource` says: an instance as it is, of a class with `options`, or what a function
 * answers to `options`.
 *
 * @param check - answers the object as what is wanted, or throws what it is not
 * @throws LightningError `SOURCE_NOT_LOADABLE` for every failure, with its cause and what to do about it
 */
export async function loadFromSource<T>(source: ModuleSource, check: (value: unknown) => T): Promise<T> {
  const { moduleUrl, exportName, options } = source;
  const module = await importModule(moduleUrl);
  if (!Object.hasOwn(module, exportName)) {
    const exports = Object.keys(module);
    throw notLoadable(
      source,
      `the module has no export of that name; it exports ${exports.length === 0 ? 'nothing' : exports.join(', ')}`,
    );
  }
  const exported = module[exportName];
  try {
    if (isClass(exported)) return check(new exported(options));
    if (typeof exported !== 'function') return check(exported);
    // A function agent is an instance and a function at once.
    if (isAccepted(exported, check)) return check(exported);
    return check(await (exported as (options: unknown) => unknown)(options));
  } catch (error) {
    throw notLoadable(source, error instanceof Error ? error.message : String(error), error);
  }
}

/** {@link loadFromSource} for agents. */
export function loadAgent(source: ModuleSource): Promise<Agent> {
  return loadFromSource(source, (value) => {
    if (isAgent(value)) return value;
    throw new TypeError('it is not an agent: a LitAgent, or what rollout(), promptRollout() or llmRollout() made');
  });
}

/**
 * Imports a module by URL.
 * @throws LightningError `SOURCE_NOT_LOADABLE` with what to do about it; `RUN_NOT_ALLOWED` for a script that trains when it is imported
 */
export async function importModule(moduleUrl: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await importExports(moduleUrl);
  } catch (error) {
    if (isLightningError(error, 'RUN_NOT_ALLOWED')) throw error;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new LightningError('SOURCE_NOT_LOADABLE', `Cannot load the module ${moduleUrl}: ${message}${remedy(error)}`, {
      cause: error,
      details: { moduleUrl },
    });
  }
}

/** Whether `value` is a class, as written in the language. */
export function isClass(value: unknown): value is new (options: unknown) => unknown {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function isAccepted(value: unknown, check: (value: unknown) => unknown): boolean {
  try {
    check(value);
    return true;
  } catch {
    // The question was whether it would throw.
    return false;
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  ERR_MODULE_NOT_FOUND:
    'Check the path. Relative imports name the file with its extension (./room.ts), and moduleUrl is import.meta.url of a file that exists',
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'Node removes types and nothing else: write no enum, namespace or parameter property, or point moduleUrl at the compiled file',
  ERR_INVALID_TYPESCRIPT_SYNTAX:
    'The file is not TypeScript that Node can read; run it with node to see where it fails',
  ERR_UNKNOWN_FILE_EXTENSION: 'Node loads .ts, .mts, .js and .mjs files; compile other files first',
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING:
    'Node does not remove types below node_modules: publish compiled JavaScript',
  ERR_UNSUPPORTED_ESM_URL_SCHEME: 'moduleUrl must be a file: URL, usually import.meta.url',
};

function remedy(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const advice = REMEDIES[code];
  return advice === undefined ? '' : `. ${advice}`;
}

function notLoadable(source: ModuleSource, problem: string, cause?: unknown): LightningError {
  const { moduleUrl, exportName } = source;
  return new LightningError('SOURCE_NOT_LOADABLE', `Cannot load '${exportName}' of ${moduleUrl}: ${problem}`, {
    ...(cause === undefined ? {} : { cause }),
    details: { moduleUrl, exportName },
  });
}
