import { type Agent, findExportName, LightningError, type ModuleSource } from '@agentlightning/core';
import { functionAgentBody } from './function-agents.ts';
import { isAgent } from './lit-agent.ts';
import { importModule, isClass } from './load-from-source.ts';

/**
 * How to make an equal agent in another thread. The name of the export is found by importing the module and looking for the very class or
 * function, so it need not be said, and a rename cannot break it.
 *
 * @param agent - an instance whose class declares `moduleUrl`, a function agent made with `moduleUrl`, the URL of a module with one agent among its
 * exports (or as its default), or a source, which is answered as it is
 * @throws LightningError `SOURCE_NOT_LOADABLE` for everything else, showing what to write
 */
export async function agentSource(agent: Agent | URL | ModuleSource): Promise<ModuleSource> {
  return agent instanceof URL ? singleAgentOf(agent.href) : instanceSource(agent, 'agent');
}

/**
 * How to make an equal hook, tracer, adapter or the like in another thread: its class declares `static readonly moduleUrl = import.meta.url` and is
 * exported, or the object itself has a `moduleUrl` and is exported. An `options` property of the instance becomes the argument of the
 * constructor.
 *
 * @param what - what it is, for the error message: `hook`
 * @throws LightningError `SOURCE_NOT_LOADABLE`, showing what to write
 */
export async function instanceSource(value: object, what: string): Promise<ModuleSource> {
  if (isModuleSource(value)) return value;
  const ownUrl = 'moduleUrl' in value ? value.moduleUrl : undefined;
  const factory: unknown = value.constructor;
  const classUrl = typeof factory === 'function' && 'moduleUrl' in factory ? factory.moduleUrl : undefined;
  const moduleUrl = ownUrl ?? classUrl;
  if (typeof moduleUrl !== 'string') throw closureError(value, what);
  const asInstance = await findExportName(moduleUrl, value, functionAgentBody);
  if (asInstance !== undefined) return { moduleUrl, exportName: asInstance };
  const asClass = ownUrl === undefined ? await findExportName(moduleUrl, factory) : undefined;
  if (asClass === undefined) throw notExportedError(value, what, moduleUrl);
  const options = 'options' in value ? value.options : undefined;
  return {
    moduleUrl,
    exportName: asClass,
    ...(options === undefined ? {} : { options: cloneOptions(options, value, what) }),
  };
}

async function singleAgentOf(moduleUrl: string): Promise<ModuleSource> {
  const exports = await importModule(moduleUrl);
  const names = Object.keys(exports)
    .filter((name) => isAgent(exports[name]) || isAgentClass(exports[name]))
    .sort();
  const exportName = names.includes('default') ? 'default' : names[0];
  if (exportName === undefined) {
    throw new LightningError(
      'SOURCE_NOT_LOADABLE',
      `Cannot load an agent from ${moduleUrl} as none of its exports is one (${Object.keys(exports).join(', ') || 'it exports nothing'}). Export a LitAgent subclass, or what rollout(), promptRollout() or llmRollout() made`,
      { details: { moduleUrl, exports: Object.keys(exports) } },
    );
  }
  if (exportName !== 'default' && names.length > 1) {
    throw new LightningError(
      'SOURCE_NOT_LOADABLE',
      `Cannot choose an agent from ${moduleUrl} as it exports several: ${names.join(', ')}. Pass { moduleUrl, exportName } to say which, or make one the default export`,
      { details: { moduleUrl, exports: names } },
    );
  }
  return { moduleUrl, exportName };
}

function isModuleSource(value: object): value is ModuleSource {
  return 'moduleUrl' in value && 'exportName' in value && typeof value.exportName === 'string';
}

function isAgentClass(value: unknown): boolean {
  return isClass(value) && isAgent(value.prototype);
}

function cloneOptions(options: unknown, value: object, what: string): unknown {
  try {
    return structuredClone(options);
  } catch (error) {
    throw new LightningError(
      'SOURCE_NOT_LOADABLE',
      `Cannot send the ${what}${nameOf(value)} to another thread as its options do not survive structuredClone: ${(error as Error).message}. Pass plain data and make the rest (clients, functions) in the constructor`,
      { cause: error },
    );
  }
}

function closureError(value: object, what: string): LightningError {
  const lines =
    typeof value === 'function'
      ? [
          "import { rollout } from 'agentlightning';",
          '',
          'export const agent = rollout(async ({ task }) => { … }, { moduleUrl: import.meta.url });',
        ]
      : [
          `export class ${className(value, what)} … {`,
          `  static ${what === 'agent' ? 'override ' : ''}readonly moduleUrl = import.meta.url;`,
          '}',
        ];
  return new LightningError(
    'SOURCE_NOT_LOADABLE',
    `Cannot send the ${what}${nameOf(value)} to another thread as threads share no objects and nothing says which module it is from. Write in its file:\n\n${indent(lines)}\n`,
  );
}

function notExportedError(value: object, what: string, moduleUrl: string): LightningError {
  const subject = typeof value === 'function' ? 'the function agent' : `class ${className(value, what)}`;
  const lines =
    typeof value === 'function'
      ? ['export const agent = rollout(…, { moduleUrl: import.meta.url });']
      : [`export class ${className(value, what)} … {`, '  static readonly moduleUrl = import.meta.url;', '}'];
  return new LightningError(
    'SOURCE_NOT_LOADABLE',
    `Cannot send the ${what}${nameOf(value)} to another thread as ${moduleUrl} does not export ${subject}. Write in its own file:\n\n${indent(lines)}\n`,
    { details: { moduleUrl } },
  );
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n');
}

/** With a space in front; nothing for an object that has no name. */
function nameOf(value: object): string {
  const name = typeof value === 'function' ? value.name : ownClassName(value);
  return name === undefined || name === '' ? '' : ` '${name}'`;
}

/** What to call the class: as it is called, or `MyHook` for a hook that is an object without one. */
function className(value: object, what: string): string {
  return ownClassName(value) ?? `My${what.charAt(0).toUpperCase()}${what.slice(1)}`;
}

function ownClassName(value: object): string | undefined {
  const name = value.constructor?.name;
  return name === undefined || name === '' || name === 'Object' ? undefined : name;
}
