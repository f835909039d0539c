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

/**
 * Finds under which name a module exports a value, so that another thread can import it: `undefined` when it does not, or when several exports
 * could be meant. A name of its own comes before `default`.
 *
 * The export is found by identity. Where the module is still running, as a script does that awaits its training at the top level, its exports cannot be asked
 * for; it is then evaluated a second time, as it is in every worker thread anyway, and the export is found whose function has the same name and source text.
 *
 * @param moduleUrl - `import.meta.url` of the module that exports it
 * @param functionOf - for a value that is no function or class: the function it was made from. Default: the value itself
 * @throws LightningError `RUN_NOT_ALLOWED` if the second copy calls this too: the script does not guard its training call; and whatever importing
 * the module throws
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
  const copy = await importModule(secondCopy(moduleUrl));
  const found = Object.values(copy).filter((exported) => isSameFunction(functionOf(exported), wanted));
  return new Set(found).size === 1 ? firstName(copy, (exported) => exported === found[0]) : undefined;
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

function firstName(exports: Exports, isMeant: (exported: unknown) => boolean): string | undefined {
  const names = Object.keys(exports).filter((name) => isMeant(exports[name]));
  return names.find((name) => name !== 'default') ?? names[0];
}

function secondCopy(moduleUrl: string): string {
  const url = new URL(moduleUrl);
  if (url.searchParams.has(COPY_MARK)) {
    throw new LightningError(
      'RUN_NOT_ALLOWED',
      'A run cannot be started while its module is imported for what it exports. Guard the training call of your script with `if (import.meta.main) { … }`, or move it to a file of its own',
    );
  }
  url.searchParams.set(COPY_MARK, '');
  return url.href;
}

function isSameFunction(exported: unknown, wanted: { readonly name: string; toString(): string }): boolean {
  return typeof exported === 'function' && exported.name === wanted.name && String(exported) === wanted.toString();
}
