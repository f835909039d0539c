import { type Span, spanFromDraft } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { busyHosts } from './busy-hosts.ts';

function call(attributes: Record<string, string | number | string[]>, name = 'openai.chat.completion'): Span {
  const draft = {
    name,
    attributes: { 'server.address': 'api.test', ...attributes },
    status: { statusCode: 'ERROR' as const },
    endTime: 1000,
  };
  return { ...spanFromDraft(draft, { rolloutId: 'r', attemptId: 'a', traceId: 't', now: 1 }), sequenceId: 1 };
}

describe('busyHosts()', () => {
  it.each([
    [{ 'http.response.status_code': 429 }, 'api.test', 1001],
    [{ 'http.response.status_code': 429, 'http.response.header.retry-after': ['20'] }, 'api.test', 1020],
    [{ 'http.response.status_code': 503, 'http.response.header.retry-after-ms': ['250'] }, 'api.test', 1000.25],
    [{ 'http.response.status_code': 529, 'server.port': 8443 }, 'api.test:8443', 1001],
  ])('reads %j', (attributes, host, until) => {
    expect(busyHosts([call(attributes)])).toEqual([{ host, until }]);
  });

  it.each([
    [{ 'http.response.status_code': 500 }],
    [{ 'http.response.status_code': 429, 'agentlightning.capture.error_code': 'insufficient_quota' }],
    [{ 'error.type': 'ECONNREFUSED' }],
  ])('takes %j for no sign of too many calls', (attributes) => {
    expect(busyHosts([call(attributes)])).toEqual([]);
  });

  it('looks at failed model calls only', () => {
    const answered = {
      ...call({ 'http.response.status_code': 429 }),
      status: { statusCode: 'OK', description: null } as const,
    };
    expect(busyHosts([answered, call({ 'http.response.status_code': 429 }, 'other')])).toEqual([]);
  });
});
