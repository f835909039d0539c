import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { withWasmMemoryLimit } from './wasm-memory-limit.ts';

/** What is used here of minijinja-js's `Environment`. */
export interface MinijinjaEnvironment {
  addTemplate(name: string, source: string): void;
  removeTemplate(name: string): void;
  renderStr(source: string, context: unknown): string;
}

/**
 * Steps of the template engine per rendering; a pass of a short loop body takes five to ten. Far more than a prompt needs, and about
 * a twentieth of a second.
 */
const JINJA_FUEL = 500_000;

/**
 * Memory of the template engine in one thread. Fuel does not see what one step allocates: without this bound `{{ "x" * 1000000000 }}`
 * holds the thread for eleven seconds.
 */
const JINJA_MEMORY_BYTES = 64 * 2 ** 20;

/** The engine ran out of memory or stack, or failed by itself; its state was thrown away. Ordinary template errors are not this. */
export class MinijinjaTrapError extends Error {
  override name = 'MinijinjaTrapError';
}

/**
 * Runs `use` with this thread's template engine. The engine is loaded on the first call, synchronously (about 10 ms), and again after a trap,
 * which leaves it in an undefined state.
 *
 * @throws MinijinjaTrapError in place of a trap; what `use` throws otherwise.
 */
export function withMinijinja<T>(use: (environment: MinijinjaEnvironment) => T): T {
  loaded ??= load();
  try {
    return use(loaded.environment);
  } catch (error) {
    if (!isTrap(error)) throw error;
    discard(loaded);
    loaded = undefined;
    throw new MinijinjaTrapError('The template engine stopped', { cause: error });
  }
}

interface Environment extends MinijinjaEnvironment {
  undefinedBehavior: 'strict';
  fuel: number;
  debug: boolean;
  enablePyCompat(): void;
  removeGlobal(name: string): void;
  __destroy_into_raw(): number;
}

/** The part of the package that is made for bundlers: it leaves instantiating the module to others, and so lets us bound its memory. */
interface Glue {
  readonly Environment: new () => Environment;
  __wbg_set_wasm(exports: WasmExports): void;
}

interface WasmExports {
  readonly memory: { grow(pages: number): number };
}

/** The types of Node declare no WebAssembly. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: Record<string, unknown>) => { readonly exports: unknown };
  readonly RuntimeError: new () => Error;
};

interface Loaded {
  readonly environment: Environment;
  readonly exports: WasmExports;
}

let loaded: Loaded | undefined;

function load(): Loaded {
  const require = createRequire(import.meta.url);
  const glue = require('minijinja-js/dist/bundler/minijinja_js_bg.js') as Glue;
  const bytes = readFileSync(require.resolve('minijinja-js/dist/bundler/minijinja_js_bg.wasm'));
  const module = new WebAssembly.Module(withWasmMemoryLimit(bytes, JINJA_MEMORY_BYTES));
  const exports = new WebAssembly.Instance(module, { './minijinja_js_bg.js': glue }).exports as WasmExports;
  glue.__wbg_set_wasm(exports);
  const environment = new glue.Environment();
  environment.undefinedBehavior = 'strict';
  environment.fuel = JINJA_FUEL;
  // Debug mode appends the values of variables to messages.
  environment.debug = false;
  environment.enablePyCompat();
  // `debug()` writes the whole context and environment into the prompt.
  environment.removeGlobal('debug');
  return { environment, exports };
}

function isTrap(error: unknown): boolean {
  // Out of stack is a RangeError, and so is text longer than V8 can hold.
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

function discard({ environment, exports }: Loaded): void {
  // The glue would free the environment, by its old address, in the next instance.
  environment.__destroy_into_raw();
  // It also keeps views of the old memory until that is detached, and growing by nothing detaches.
  exports.memory.grow(0);
}
