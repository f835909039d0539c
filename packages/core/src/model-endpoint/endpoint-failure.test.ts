import { describe, expect, it } from 'vitest';
import { LightningError } from '../errors/lightning-error.ts';
import { endpointFailureOf, isModelClientError, withoutKeys } from './endpoint-failure.ts';

class APIError extends Error {}
class RateLimitError extends APIError {}
class APIConnectionError extends APIError {}
class APIConnectionTimeoutError extends APIConnectionError {}
class APIUserAbortError extends APIError {}

const with_ = (error: Error, fields: object): Error => Object.assign(error, fields);
const systemError = (code: string): Error => with_(new Error(code), { code });
const fetchFailed = (code: string): Error => new TypeError('fetch failed', { cause: systemError(code) });
const headers = new Headers({ 'retry-after': '3' });

describe('endpointFailureOf()', () => {
  it.each<[what: string, error: unknown, kind: string, fields: object]>([
    [
      'a rate limit',
      with_(new RateLimitError(), { status: 429, headers }),
      'passing',
      { status: 429, isThrottled: true },
    ],
    ['an overload', with_(new APIError(), { status: 529 }), 'passing', { isThrottled: true }],
    ['a server error', with_(new APIError(), { status: 500 }), 'passing', { isThrottled: false }],
    ['a time-out at the server', with_(new APIError(), { status: 408 }), 'passing', {}],
    [
      'a wrong key',
      with_(new APIError(), { status: 401, code: 'invalid_api_key' }),
      'refused',
      { code: 'invalid_api_key' },
    ],
    ['no money', with_(new APIError(), { status: 402 }), 'refused', {}],
    ['no permission', with_(new APIError(), { status: 403 }), 'refused', {}],
    [
      'an exhausted quota',
      with_(new APIError(), { status: 429, code: 'insufficient_quota' }),
      'refused',
      { isThrottled: false },
    ],
    [
      'a quota by its type',
      with_(new APIError(), { status: 429, error: { type: 'insufficient_quota' } }),
      'refused',
      {},
    ],
    [
      'a failure of the AI SDK',
      with_(new Error(), { name: 'AI_APICallError', statusCode: 503, responseHeaders: {} }),
      'passing',
      { status: 503 },
    ],
    [
      'what retries of the AI SDK ended with',
      with_(new Error(), { lastError: with_(new Error(), { statusCode: 502 }) }),
      'passing',
      { status: 502 },
    ],
    [
      'a failure of axios',
      with_(new Error(), { code: 'ERR_BAD_RESPONSE', response: { status: 504, headers: {} } }),
      'passing',
      { status: 504 },
    ],
    [
      'a failure behind another',
      new Error('no answer', { cause: with_(new APIError(), { status: 503 }) }),
      'passing',
      {},
    ],
    ['a refused connection', fetchFailed('ECONNREFUSED'), 'passing', { status: null, code: 'ECONNREFUSED' }],
    [
      'one of a client',
      new APIConnectionError('Connection error.', { cause: fetchFailed('ECONNRESET') }),
      'passing',
      { code: 'ECONNRESET' },
    ],
    [
      'several refused connections',
      new TypeError('fetch failed', { cause: new AggregateError([systemError('ECONNREFUSED')]) }),
      'passing',
      { code: 'ECONNREFUSED' },
    ],
    ['a lost connection', new TypeError('terminated'), 'passing', { code: null }],
    [
      'a client that waited too long',
      new APIConnectionTimeoutError('Request timed out.'),
      'passing',
      { code: 'ETIMEDOUT' },
    ],
    ['a time limit of ours', new LightningError('TIMEOUT', 'late'), 'passing', { code: 'ETIMEDOUT' }],
  ])('knows %s', (_what, error, kind, fields) => {
    expect(endpointFailureOf(error)).toMatchObject({ kind, ...fields });
  });

  it.each<[what: string, error: unknown]>([
    ['a bad request', with_(new APIError(), { status: 400 })],
    ['an unknown model', with_(new APIError(), { status: 404 })],
    [
      'a server error that will stay',
      with_(new APIError(), { status: 500, headers: new Headers({ 'x-should-retry': 'false' }) }),
    ],
    ['an abort by the caller', new APIUserAbortError('Request was aborted.')],
    ['an abort', with_(new Error(), { name: 'AbortError' })],
    ['a defect', new TypeError("Cannot read properties of undefined (reading 'x')")],
    ['a missing file', systemError('ENOENT')],
    ['no error', undefined],
    ['a text', 'ECONNREFUSED'],
    ['a status that is none', with_(new Error(), { status: 'failed' })],
  ])('takes %s for no failure of an endpoint', (_what, error) => {
    expect(endpointFailureOf(error)).toBeUndefined();
  });

  it('reads the headers of every client', () => {
    const read = (fields: object): unknown => endpointFailureOf(with_(new Error(), fields))?.header('retry-after');
    expect(read({ status: 429, headers })).toBe('3');
    expect(read({ status: 429, headers: { 'retry-after': '4' } })).toBe('4');
    expect(read({ statusCode: 429, responseHeaders: { 'retry-after': '5' } })).toBe('5');
    expect(read({ response: { status: 429, headers: { 'retry-after': '6' } } })).toBe('6');
    expect(read({ status: 429 })).toBeUndefined();
  });

  it('is not harmed by what agents throw', () => {
    const circular: { cause?: unknown } = {};
    circular.cause = circular;
    const hostile = {
      get cause(): never {
        throw new Error('no');
      },
    };
    for (const thrown of [circular, hostile, Object.create(null), Symbol('x'), 1n]) {
      expect(endpointFailureOf(thrown)).toBeUndefined();
      expect(isModelClientError(thrown)).toBe(false);
    }
  });
});

describe('isModelClientError()', () => {
  it('knows the errors of model clients by their classes, also behind others', () => {
    expect(isModelClientError(new RateLimitError())).toBe(true);
    expect(isModelClientError(new Error('x', { cause: new APIConnectionError() }))).toBe(true);
    expect(isModelClientError(with_(new Error(), { name: 'AI_RetryError' }))).toBe(true);
    expect(isModelClientError(with_(new Error(), { status: 503 }))).toBe(false);
  });
});

describe('withoutKeys()', () => {
  it.each([
    ['Incorrect API key provided: sk-proj-abc_DEF-123.', 'Incorrect API key provided: [key]'],
    ['key sk-very-*****7890 may not', 'key [key] may not'],
    ['Authorization: Bearer abc.def-123 failed', 'Authorization: Bearer [key] failed'],
    ['You ask for sky-blue and task-force', 'You ask for sky-blue and task-force'],
  ])('masks what looks like a key in %j', (text, masked) => {
    expect(withoutKeys(text)).toBe(masked);
  });
});
