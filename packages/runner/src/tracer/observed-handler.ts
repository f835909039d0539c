import { headerPairs } from './header-pairs.ts';
import type { RequestObserver } from './request-observer.ts';

type Tap = (observer: RequestObserver, args: readonly unknown[]) => void;

/**
 * The handler methods of both generations of undici's dispatcher API that matter. A handler has either `onHeaders(status, rawHeaders, …)`,
 * `onData(chunk)`, … (undici 6 and 7, thus Node 22 and 24) or `onResponseStart(controller, status, headers)`, … (undici 8, Node 26).
 */
const TAPS: Readonly<Record<string, Tap>> = {
  onHeaders: (observer, [status, headers]) => head(observer, status, headers),
  onData: (observer, [chunk]) => data(observer, chunk),
  onComplete: (observer) => observer.completed(),
  onError: (observer, [error]) => observer.failed(error),
  onResponseStart: (observer, [, status, headers]) => head(observer, status, headers),
  onResponseData: (observer, [, chunk]) => data(observer, chunk),
  onResponseEnd: (observer) => observer.completed(),
  onResponseError: (observer, [, error]) => observer.failed(error),
};

/**
 * A handler that does what `handler` does, its return values (which carry back-pressure) included, and tells the observer afterwards, still
 * in the same turn: what the observer does with the end of a response is done before the caller's code goes on.
 */
export function observeHandler(handler: object, observer: RequestObserver): object {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(handler, {
    get(target, key) {
      if (bound.has(key)) return bound.get(key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const tap = typeof key === 'string' && Object.hasOwn(TAPS, key) ? TAPS[key] : undefined;
      const method: unknown = tap === undefined ? value.bind(target) : tapped(value as Method, target, tap, observer);
      bound.set(key, method);
      return method;
    },
  });
}

type Method = (...args: unknown[]) => unknown;

function tapped(method: Method, target: object, tap: Tap, observer: RequestObserver): Method {
  return (...args) => {
    const answer = method.apply(target, args);
    tap(observer, args);
    return answer;
  };
}

function head(observer: RequestObserver, status: unknown, headers: unknown): void {
  if (typeof status === 'number' && status >= 200) observer.responseHead(status, headerPairs(headers));
}

function data(observer: RequestObserver, chunk: unknown): void {
  if (chunk instanceof Uint8Array) observer.responseData(chunk);
}
