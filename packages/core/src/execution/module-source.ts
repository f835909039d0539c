/**
 * How to get an object in another thread: threads share no objects, so what runs there is imported from its module.
 *
 * What the export may be: an instance (used as it is), a class (constructed with `options`), or a function (called with `options`, may be
 * async).
 */
export interface ModuleSource {
  /** URL of the module, usually `import.meta.url` of the file that declares it. */
  readonly moduleUrl: string;
  /** Name of the export, `default` included. */
  readonly exportName: string;
  /** The argument, if there is one. Must survive `structuredClone`. */
  readonly options?: unknown;
}
