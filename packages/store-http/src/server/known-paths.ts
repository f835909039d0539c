import type { FastifyInstance } from 'fastify';

/** Which methods a path takes, so that a wrong method is told apart from a wrong path. */
export class KnownPaths {
  readonly #paths: { readonly pattern: RegExp; readonly method: string }[] = [];

  /** Learns every route that is added to `app` from now on. */
  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      const pattern = new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
      for (const each of [method].flat()) this.#paths.push({ pattern, method: each });
    });
  }

  /** Methods that `url` takes, sorted; none for an unknown path. */
  methodsOf(url: string): string[] {
    const [path = ''] = url.split('?', 1);
    const methods = this.#paths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}
