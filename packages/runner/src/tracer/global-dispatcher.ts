/**
 * Watches what goes through the dispatchers that `fetch` uses by default.
 *
 * A patched `globalThis.fetch` would miss clients built before the run: `openai` keeps the function it found at construction. But every
 * `fetch` call, however old the function, asks for the global dispatcher anew. Node keeps it under `undici.globalDispatcher.1` (Node 22
 * and 24 read this one) and `.2` (Node 26 and the npm package undici 8). Both are wrapped; each wrapper forwards to what it found there.
 * A request with a dispatcher of its own (`fetch(url, { dispatcher })`) passes by unseen.
 */
import { observeHandler } from './observed-handler.ts';
import type { OutgoingRequest, RequestObserver } from './request-observer.ts';

/** Chooses what to watch: an observer for this request, or `undefined` to leave it alone. Called in the async context of the caller. */
export type DispatchWatcher = (request: OutgoingRequest) => RequestObserver | undefined;

interface DispatchOptions {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

interface Dispatcher {
  dispatch(options: DispatchOptions, handler: object): boolean;
}

type Globals = Record<symbol, Dispatcher | undefined>;

const SLOTS: readonly symbol[] = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')];

const watchers = new Set<DispatchWatcher>();
const installed = new Map<symbol, { readonly wrapper: Dispatcher; readonly found: Dispatcher }>();

/** True during a synchronous `dispatch`: one wrapper may end up below the other, and a request is watched once. */
let dispatching = false;

/**
 * Starts to show `watcher` the requests of this thread. Watchers share one wrapper per slot.
 * @returns stops it; with the last watcher the slots are put back as they were found, except one that somebody else has replaced since
 */
export function watchGlobalDispatcher(watcher: DispatchWatcher): () => void {
  watchers.add(watcher);
  wrapSlots();
  return () => {
    if (watchers.delete(watcher) && watchers.size === 0) unwrapSlots();
  };
}

/** Wraps again what somebody replaced meanwhile, e.g. an agent that set a proxy. Does nothing without a watcher. */
export function rewatchGlobalDispatcher(): void {
  if (watchers.size > 0) wrapSlots();
}

function wrapSlots(): void {
  // Node loads its undici, which fills the slots, when one of its classes is first asked for.
  void globalThis.Headers;
  const globals = globalThis as unknown as Globals;
  for (const slot of SLOTS) {
    const found = globals[slot];
    if (found === undefined || found === installed.get(slot)?.wrapper) continue;
    const wrapper = wrap(slot, found);
    try {
      globals[slot] = wrapper;
      installed.set(slot, { wrapper, found });
    } catch {
      // A frozen global object: calls cannot be seen here, and that must not keep an agent from working.
    }
  }
}

function unwrapSlots(): void {
  const globals = globalThis as unknown as Globals;
  for (const [slot, { wrapper, found }] of installed) {
    if (globals[slot] === wrapper) globals[slot] = found;
  }
  installed.clear();
}

function wrap(slot: symbol, found: Dispatcher): Dispatcher {
  const dispatch = (options: DispatchOptions, handler: object): boolean => {
    // A wrapper that somebody still holds after it was taken out or superseded only forwards.
    const active = !dispatching && installed.get(slot)?.wrapper === wrapper;
    const observer = active ? watch(options) : undefined;
    if (observer === undefined) return found.dispatch(options, handler);
    dispatching = true;
    try {
      return found.dispatch(observeBody(options, observer), observeHandler(handler, observer));
    } catch (error) {
      observer.failed(error);
      throw error;
    } finally {
      dispatching = false;
    }
  };
  // Everything but `dispatch` is the found dispatcher's own, called on it: its classes have private fields.
  const wrapper = new Proxy(found, {
    get(target, key) {
      if (key === 'dispatch') return dispatch;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value;
    },
  });
  return wrapper;
}

function watch({ method, origin, path, headers, body }: DispatchOptions): RequestObserver | undefined {
  // `origin` may be a URL; no path means an upgrade or a CONNECT.
  if (typeof path !== 'string' || typeof method !== 'string') return undefined;
  for (const watcher of watchers) {
    const observer = watcher({ method, origin: String(origin), path, headers });
    if (observer === undefined) continue;
    if (typeof body === 'string' || body instanceof Uint8Array) observer.requestData(body);
    return observer;
  }
  return undefined;
}

/** `fetch` hands its body over as an async iterable of bytes; the observer sees each chunk as it is sent. */
function observeBody(options: DispatchOptions, observer: RequestObserver): DispatchOptions {
  const { body } = options;
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body) || 'pipe' in body) return options;
  const chunks = body as AsyncIterable<Uint8Array | string>;
  return {
    ...options,
    body: (async function* () {
      for await (const chunk of chunks) {
        observer.requestData(chunk);
        yield chunk;
      }
    })(),
  };
}
