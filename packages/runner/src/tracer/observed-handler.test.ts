import { describe, expect, it } from 'vitest';
import { observeHandler } from './observed-handler.ts';
import type { RequestObserver } from './request-observer.ts';

function recorder(): RequestObserver & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return {
    seen,
    requestData: () => {},
    responseHead: (status, headers) => void seen.push([status, ...headers]),
    responseData: (chunk) => void seen.push(Buffer.from(chunk).toString()),
    completed: () => void seen.push('completed'),
    failed: (error) => void seen.push(error),
  };
}

type Handler = Record<string, (...args: unknown[]) => unknown>;

describe('observeHandler()', () => {
  it('passes arguments, results and `this` through, which carries back-pressure, in the older API', () => {
    const observer = recorder();
    const calls: unknown[] = [];
    const inner = {
      own: 1,
      onHeaders(this: { own: number }, ...args: unknown[]) {
        calls.push([this.own, ...args]);
        return true;
      },
      onData: () => false,
      onComplete: () => {},
      onError: () => {},
    };
    const handler = observeHandler(inner, observer) as Handler;
    const raw = [Buffer.from('Content-Type'), Buffer.from('text/plain')];
    expect(handler['onHeaders']!(200, raw, 'resume', 'OK')).toBe(true);
    expect(handler['onData']!(Buffer.from('x'))).toBe(false);
    handler['onComplete']!([]);
    handler['onError']!('broken');
    expect(calls).toEqual([[1, 200, raw, 'resume', 'OK']]);
    expect(observer.seen).toEqual([[200, ['Content-Type', 'text/plain']], 'x', 'completed', 'broken']);
  });

  it('reads the newer API, and passes over 1xx', () => {
    const observer = recorder();
    const handler = observeHandler(
      { onResponseStart: () => {}, onResponseData: () => {}, onResponseEnd: () => {}, onResponseError: () => {} },
      observer,
    ) as Handler;
    handler['onResponseStart']!({}, 103, {}, 'Early Hints');
    handler['onResponseStart']!({}, 200, { 'set-cookie': ['a', 'b'] }, 'OK');
    handler['onResponseData']!({}, Buffer.from('x'));
    handler['onResponseEnd']!({}, {});
    handler['onResponseError']!({}, 'broken');
    expect(observer.seen).toEqual([[200, ['set-cookie', 'a, b']], 'x', 'completed', 'broken']);
  });

  it('has exactly the methods that the handler has', () => {
    const handler = observeHandler({ onData: () => true }, recorder()) as Handler;
    expect('onHeaders' in handler).toBe(false);
    expect(handler['onHeaders']).toBeUndefined();
  });
});
