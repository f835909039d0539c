import type { StoreRequest } from './random-requests.ts';

/** What one server answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends every request to Python's server and to ours, and compares the answers. The ids that they make are paired as they appear. */
export class TwoServers {
  readonly #python: string;
  readonly #ours: string;
  readonly #pythonIds = new Map<string, string>();
  readonly #ourIds = new Map<string, string>();

  constructor(urls: { readonly python: string; readonly ours: string }) {
    this.#python = urls.python;
    this.#ours = urls.ours;
  }

  /** Asks both. @returns our answer, and in what Python's differs from it */
  async ask(request: StoreRequest): Promise<{ readonly answer: Answer; readonly differences: readonly string[] }> {
    const python = await send(this.#python, withIds(request, this.#pythonIds));
    const answer = await this.askOurs(request);
    return { answer, differences: this.#compare(python, answer) };
  }

  /** Asks ours alone, for what no difference is looked for in. */
  askOurs(request: StoreRequest): Promise<Answer> {
    return send(this.#ours, request);
  }

  #compare(python: Answer, ours: Answer): string[] {
    // What a mistake of the caller is called on purpose: see docs/compatibility.md.
    if (python.status === 500 && (ours.status === 404 || ours.status === 400)) return [];
    if (python.status === 500 && ours.status === 200 && ours.body === null) return [];
    if (python.status !== ours.status)
      return [`status ${python.status} and ${ours.status}: ${JSON.stringify(ours.body)}`];
    // The words are the validators' own.
    return python.status === 422 ? [] : this.#differences(python.body, ours.body, 'body');
  }

  #differences(python: unknown, ours: unknown, path: string): string[] {
    if (isId(python) && isId(ours)) return this.#pair(python, ours) ? [] : [`${path}: another id`];
    if (Array.isArray(python) && Array.isArray(ours) && python.length === ours.length) {
      return python.flatMap((item, index) => this.#differences(item, ours[index], `${path}[]`));
    }
    if (isObject(python) && isObject(ours)) {
      return Object.entries(python).flatMap(([key, value]) => {
        const own = ours[key];
        // The servers have clocks of their own; what a caller chose is long ago.
        const isNow = typeof value === 'number' && typeof own === 'number' && value > NOW && own > NOW;
        return key.endsWith('_time') && isNow ? [] : this.#differences(value, own, `${path}.${key}`);
      });
    }
    return python === ours ? [] : [`${path}: ${JSON.stringify(python)} and ${JSON.stringify(ours)}`];
  }

  #pair(python: string, ours: string): boolean {
    const known = this.#pythonIds.get(ours);
    if (known !== undefined || this.#ourIds.has(python)) return known === python;
    this.#pythonIds.set(ours, python);
    this.#ourIds.set(python, ours);
    return true;
  }
}

const NOW = Date.now() / 1000 - 3_600;
const ID = /(?:ro|at|rs)-[0-9a-f]{8,}/g;

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.replace(ID, '') === '' && value !== '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withIds({ method, path, body }: StoreRequest, ids: ReadonlyMap<string, string>): StoreRequest {
  const replace = (text: string): string => text.replace(ID, (id) => ids.get(id) ?? id);
  return {
    method,
    path: replace(path),
    body: body === undefined ? undefined : JSON.parse(replace(JSON.stringify(body))),
  };
}

async function send(url: string, { method, path, body }: StoreRequest): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: await response.json() };
}
