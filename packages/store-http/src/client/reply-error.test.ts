import { describe, expect, it } from 'vitest';
import { ERROR_CODE_HEADER } from '../features.ts';
import { replyError } from './reply-error.ts';

const call = "Call 'x' of the store at http://h:1";
const of = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  replyError(call, { status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) });

describe('replyError()', () => {
  it('is the very error of the store behind our server', () => {
    const body = { detail: 'Rollout r not found', code: 'NOT_FOUND', details: { rolloutId: 'r' } };
    expect(of(404, body, { [ERROR_CODE_HEADER]: 'NOT_FOUND' })).toMatchObject({
      code: 'NOT_FOUND',
      message: 'Rollout r not found',
      details: { rolloutId: 'r', status: 404 },
    });
  });

  it.each([
    [400, 'INVALID_ARGUMENT'],
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [409, 'CONFLICT'],
    [413, 'INVALID_ARGUMENT'],
    [422, 'INVALID_ARGUMENT'],
    [404, 'UNAVAILABLE'],
    [405, 'UNAVAILABLE'],
    [500, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
  ])('takes status %d of any server for %s', (status, code) => {
    expect(of(status, '<html>')).toMatchObject({ code, details: { status } });
  });

  it('takes a defect of the server for not being able to ask', () => {
    expect(of(500, { detail: 'Internal server error' }, { [ERROR_CODE_HEADER]: 'INTERNAL' })).toMatchObject({
      code: 'UNAVAILABLE',
      message: `${call} failed: Internal server error (status 500)`,
    });
  });

  it("understands how upstream's server says that an id is unknown", () => {
    expect(of(500, { detail: 'Internal server error', error_type: 'ValueError' }).code).toBe('NOT_FOUND');
  });

  it('says where a request did not fit', () => {
    const detail = [{ type: 'missing', loc: ['body', 'rollouts', 0, 'input'], msg: 'Field required' }];
    expect(of(422, { detail })).toMatchObject({
      message: `${call} failed: body.rollouts.0.input: Field required (status 422)`,
      details: { problems: detail },
    });
  });

  it('keeps how long the server asks to wait', () => {
    expect(of(503, {}, { 'retry-after': '2' }).details).toEqual({ status: 503, retryAfterMs: 2_000 });
  });

  it('understands a date, and what is neither is nothing', () => {
    const at = (time: number) => of(503, {}, { 'retry-after': new Date(time).toUTCString() }).details['retryAfterMs'];
    expect(at(Date.now() + 60_000)).toBeGreaterThan(50_000);
    expect(at(Date.now() + 60_000)).toBeLessThanOrEqual(60_000);
    expect(at(Date.now() - 60_000)).toBe(0);
    expect(of(503, {}, { 'retry-after': 'soon' }).details).toEqual({ status: 503 });
  });

  it('does not believe in codes that do not exist', () => {
    expect(of(404, {}, { [ERROR_CODE_HEADER]: 'SOMETHING' }).code).toBe('UNAVAILABLE');
  });
});
