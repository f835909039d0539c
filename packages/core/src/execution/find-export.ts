import { AsyncLocalStorage } from 'node:async_hooks';
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { LightningError } from '../errors/lightning-error.ts';

/** What of a value identifies it, so that a second copy of it can be told from others. */
export type FunctionOf = (value: unknown) => unknown;

/**
 * How long a module may take that should be loaded already. It only decides how the name is found, not which: a module that awaits the
 * caller at its top level cannot be imported before the caller is done, and then a second copy of it is looked at.
 */
const IMPORT_PATIENCE_MS = 250;

/** Marks the URL of a second copy: another query makes another module of the same file. */
const COPY_MARK = 'agentlightning-exports';

/** What a second copy does while it is evaluated, and whatever it starts then, is in this context. */
const inSecondCopy = new AsyncLocalStorage<true>();

/**
 * Finds under which name a module exports a value, so that another thread can import it: `undefined` when it does not, or when several exports
 * could be meant. A name of its own comes before `default`.
 *
 * The export is found by identity. Where the module is still running, as a script does that awaits its training at the top level, its exports cannot be asked
 * for; it is then evaluated a second time, as it is in every worker thread anyway, and the export is found whose function has the same name and source text.
 *
 * @param moduleUrl - `import.meta.url` of the module that exports it
 * @param functionOf - for a value that is no function or class: the function it was made from. Default: the value itself
 * @throws LightningError `RUN_NOT_ALLOWED` if the second copy calls this too, or starts a run: the script does not guard its training call; and whatever
 * importing the module throws
 */
export async function findExportName(
  moduleUrl: string,
  value: unknown,
  functionOf: FunctionOf = (exported) => exported,
): Promise<string | undefined> {
  const loaded = await importPatiently(moduleUrl);
  if (loaded !== undefined) return firstName(loaded, (exported) => exported === value);
  const wanted = functionOf(value);
  if (typeof wanted !== 'function') return undefined;
  const copy = await importSecondCopy(moduleUrl);
  const found = Object.values(copy).filter((exported) => isSameFunction(functionOf(exported), wanted));
  return new Set(found).size === 1 ? firstName(copy, (exported) => exported === found[0]) : undefined;
}

/**
 * Imports a module, the script of the process included: where that awaits the caller at its top level it would never become ready, and a second copy of it is
 * evaluated instead.
 *
 * @throws LightningError `RUN_NOT_ALLOWED` if the second copy starts a run; and whatever importing the module throws
 */
export async function importExports(moduleUrl: string): Promise<Readonly<Record<string, unknown>>> {
  if (!isMainModule(moduleUrl)) return importModule(moduleUrl);
  return (await importPatiently(moduleUrl)) ?? (await importSecondCopy(moduleUrl));
}

/**
 * Refuses what must not be done twice, in code that {@link findExportName} evaluates a second time.
 * @throws LightningError `RUN_NOT_ALLOWED`, with what to write
 */
export function refuseInSecondCopy(): void {
  if (inSecondCopy.getStore() === true) throw runInSecondCopyError();
}

type Exports = Readonly<Record<string, unknown>>;

async function importModule(url: string): Promise<Exports> {
  return (await import(url)) as Exports;
}

/** `undefined` if the module does not become ready. */
async function importPatiently(url: string): Promise<Exports | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, IMPORT_PATIENCE_MS, undefined);
  });
  try {
    return await Promise.race([importModule(url), patience]);
  } finally {
    clearTimeout(timer);
  }
}

function importSecondCopy(moduleUrl: string): Promise<Exports> {
  return inSecondCopy.run(true, () => importModule(secondCopy(moduleUrl)));
}

function isMainModule(moduleUrl: string): boolean {
  const script = process.argv[1];
  if (!isMainThread || script === undefined) return false;
  try {
    return pathToFileURL(realpathSync(script)).href === moduleUrl;
  } catch {
    // Not a file: the process was started in another way, and no script of it can be meant.
    return false;
  }
}

function firstName(exports: Exports, isMeant: (exported: unknown) => boolean): string | undefined {
  const names = Object.keys(exports).filter((name) => isMeant(exports[name]));
  return names.find((name) => name !== 'default') ?? names[0];
}

function secondCopy(moduleUrl: string): string {
  const url = new URL(moduleUrl);
  if (url.searchParams.has(COPY_MARK)) throw runInSecondCopyError();
  url.searchParams.set(COPY_MARK, '');
  return url.href;
}

function runInSecondCopyError(): LightningError {
  return new LightningError(
    'RUN_NOT_ALLOWED',
    'A run cannot be started while its module is imported for what it exports. Guard the training call of your script with `if (import.meta.main) { … }`, or move it to a file of its own',
  );
}

function isSameFunction(exported: unknown, wanted: { readonly name: string; toString(): string }): boolean {
  return typeof exported === 'function' && exported.name === wanted.name && String(exported) === wanted.toString();
}
