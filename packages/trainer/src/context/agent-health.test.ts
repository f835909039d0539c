import { type Span, spanFromDraft } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { AgentHealth, type EndedAttempt } from './agent-health.ts';

function call(failure?: { status?: number; error?: string; description?: string }): Span {
  const draft = {
    name: 'openai.chat.completion',
    attributes: {
      'gen_ai.request.model': 'm',
      ...(failure?.status === undefined ? {} : { 'http.response.status_code': failure.status }),
      ...(failure?.error === undefined ? {} : { 'error.type': failure.error }),
    },
    ...(failure === undefined
      ? {}
      : { status: { statusCode: 'ERROR', description: failure.description ?? null } as const }),
  };
  return { ...spanFromDraft(draft, { rolloutId: 'r', attemptId: 'a', traceId: 't', now: 1 }), sequenceId: 1 };
}

const failed = (...spans: Span[]): EndedAttempt => ({ error: 'Error: no answer', spans });
const succeeded = (...spans: Span[]): EndedAttempt => ({ error: null, spans });
const wrongKeyCall = call({ status: 401, description: 'Incorrect API key' });
const wrongKey = failed(wrongKeyCall);

describe('AgentHealth', () => {
  it.each([
    ['a wrong key', { status: 401 }],
    ['no permission', { status: 403 }],
    ['an unknown model', { status: 404 }],
    ['no quota', { status: 429, description: 'insufficient_quota' }],
    ['nobody there', { error: 'ECONNREFUSED' }],
    ['an unknown host', { error: 'ENOTFOUND' }],
  ])('stops the run after three attempts that found %s', (_, failure) => {
    const health = new AgentHealth();
    const verdicts = [1, 2, 3].map(() => health.observe(failed(call(failure))));
    expect(verdicts.slice(0, 2)).toEqual([undefined, undefined]);
    expect(verdicts[2]).toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });

  it.each(['failed', 'succeeded'])(
    'stops the run at once when a runner says that a %s attempt was refused',
    (ending) => {
      const health = new AgentHealth();
      for (let attempt = 0; attempt < 20; attempt += 1) health.observe(succeeded(call()));
      const refused = call({ status: 429, description: 'Quota exceeded for sk-abcdef0123' });
      const attempt = ending === 'failed' ? failed(call(), refused) : succeeded(refused);
      expect(health.observe({ ...attempt, reason: 'model refused' })).toMatchObject({
        code: 'MODEL_UNAVAILABLE',
        message: 'The agents cannot use their model: status 429 (Quota exceeded for [key]) in 1 attempt',
      });
    },
  );

  it('says what the agent said where there are no spans', () => {
    const refused = { error: 'AuthenticationError: 401', spans: [], reason: 'model refused' } as const;
    expect(new AgentHealth().observe(refused)?.message).toContain('AuthenticationError: 401');
  });

  it('is patient with an outage, as long as not all is lost to it', () => {
    const lost = { ...failed(call({ status: 503 })), reason: 'model outage' } as const;
    const atStart = new AgentHealth();
    expect([1, 2, 3].map(() => atStart.observe(lost)?.code)).toEqual([undefined, undefined, 'MODEL_UNAVAILABLE']);

    const later = new AgentHealth();
    for (let attempt = 0; attempt < 60; attempt += 1) {
      expect(later.observe(attempt % 10 === 0 ? succeeded(call()) : lost)).toBeUndefined();
    }
    expect(later.observe(lost)).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: 'The agents cannot use their model: status 503 in 10 attempts in a row',
    });
  });

  it('waits for no address where nobody has ever been, though attempts are tried again there', () => {
    const health = new AgentHealth();
    const nobody = () => health.observeRetry([call({ error: 'ECONNREFUSED' })]);
    expect([nobody(), nobody(), nobody()?.code]).toEqual([undefined, undefined, 'MODEL_UNAVAILABLE']);
    const broken = new AgentHealth();
    const verdicts = Array.from({ length: 8 }, () => broken.observeRetry([call({ status: 502 })]));
    expect(verdicts.findIndex((verdict) => verdict !== undefined)).toBe(7);
  });

  it('lets attempts be tried again where a rate limit was met, or a call has got through', () => {
    const health = new AgentHealth();
    for (let retry = 0; retry < 20; retry += 1) {
      expect(health.observeRetry([call({ error: 'ECONNRESET' }), call({ status: 429 })])).toBeUndefined();
    }
    health.observe(succeeded(call()));
    for (let retry = 0; retry < 20; retry += 1) {
      expect(health.observeRetry([call({ error: 'ECONNREFUSED' })])).toBeUndefined();
    }
  });

  it('says why', () => {
    const health = new AgentHealth();
    health.observe(wrongKey);
    expect(health.conclude()?.message).toBe(
      'The agents cannot use their model: status 401 (Incorrect API key) in 1 attempt',
    );
  });

  it('is more patient once a call has worked', () => {
    const health = new AgentHealth();
    health.observe(succeeded(call()));
    const verdicts = Array.from({ length: 10 }, () => health.observe(wrongKey));
    expect(verdicts.findIndex((verdict) => verdict !== undefined)).toBe(9);
    expect(new AgentHealth().conclude()).toBeUndefined();
  });

  it.each([
    ['a busy endpoint', { status: 429, description: 'rate limit' }],
    ['a server error', { status: 500 }],
    ['a broken connection', { error: 'ECONNRESET' }],
    ['a bad request', { status: 400 }],
  ])('stops the run for %s only as long as no call has ever worked', (_, failure) => {
    const hopeless = new AgentHealth();
    const verdicts = Array.from({ length: 8 }, () => hopeless.observe(failed(call(failure))));
    expect(verdicts.findIndex((verdict) => verdict !== undefined)).toBe(7);
    expect(verdicts[7]).toMatchObject({ code: 'MODEL_UNAVAILABLE' });

    const health = new AgentHealth();
    health.observe(succeeded(call()));
    for (let attempt = 0; attempt < 50; attempt += 1) expect(health.observe(failed(call(failure)))).toBeUndefined();
    expect(health.conclude()).toBeUndefined();
  });

  it('does not judge an attempt by one bad call among good ones, or by none', () => {
    const health = new AgentHealth();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      expect(health.observe(failed(wrongKeyCall, call()))).toBeUndefined();
      expect(health.observe(succeeded())).toBeUndefined();
    }
  });

  it('stops the run after eight attempts that failed before they called a model, saying with what', () => {
    const health = new AgentHealth();
    const verdicts = Array.from({ length: 8 }, () => health.observe({ error: 'TemplateError: no {dat}', spans: [] }));
    expect(verdicts.findIndex((verdict) => verdict !== undefined)).toBe(7);
    expect(verdicts[7]).toMatchObject({ code: 'ROLLOUT_FAILED' });
    expect(verdicts[7]?.message).toContain('TemplateError: no {dat}');
  });

  it('stops the run after four of them when an evaluation is over', () => {
    const health = new AgentHealth();
    for (let attempt = 0; attempt < 3; attempt += 1) health.observe({ error: 'TypeError: x', spans: [] });
    expect(health.conclude()).toBeUndefined();
    health.observe({ error: 'TypeError: y', spans: [] });
    expect(health.conclude()).toMatchObject({
      code: 'ROLLOUT_FAILED',
      message: expect.stringContaining('TypeError: y'),
    });
    health.observe(succeeded());
    expect(health.conclude()).toBeUndefined();
  });

  it('takes agents that fail after a model call, or that have succeeded before, for what they are', () => {
    const health = new AgentHealth();
    for (let attempt = 0; attempt < 50; attempt += 1) expect(health.observe(failed(call()))).toBeUndefined();
    const other = new AgentHealth();
    other.observe(succeeded());
    for (let attempt = 0; attempt < 50; attempt += 1) expect(other.observe(failed())).toBeUndefined();
  });
});
