import { type Span, spanFromDraft } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { AgentModelHealth } from './agent-model-health.ts';

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

const wrongKey = [call({ status: 401, description: 'Incorrect API key' })];

describe('AgentModelHealth', () => {
  it.each([
    ['a wrong key', { status: 401 }],
    ['no permission', { status: 403 }],
    ['an unknown model', { status: 404 }],
    ['no quota', { status: 429, description: 'insufficient_quota' }],
    ['nobody there', { error: 'ECONNREFUSED' }],
    ['an unknown host', { error: 'ENOTFOUND' }],
  ])('stops the run after three attempts that found %s', (_, failure) => {
    const health = new AgentModelHealth();
    const verdicts = [1, 2, 3].map(() => health.observe([call(failure)]));
    expect(verdicts.slice(0, 2)).toEqual([undefined, undefined]);
    expect(verdicts[2]).toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });

  it('says why', () => {
    const health = new AgentModelHealth();
    health.observe(wrongKey);
    expect(health.conclude()?.message).toBe(
      'The agents cannot use their model: status 401 (Incorrect API key) in 1 rollout',
    );
  });

  it('is more patient once a call has worked', () => {
    const health = new AgentModelHealth();
    health.observe([call()]);
    const verdicts = Array.from({ length: 10 }, () => health.observe(wrongKey));
    expect(verdicts.findIndex((verdict) => verdict !== undefined)).toBe(9);
    expect(new AgentModelHealth().conclude()).toBeUndefined();
  });

  it.each([
    ['a busy endpoint', { status: 429, description: 'rate limit' }],
    ['a server error', { status: 500 }],
    ['a broken connection', { error: 'ECONNRESET' }],
    ['a bad request', { status: 400 }],
  ])('lets %s pass', (_, failure) => {
    const health = new AgentModelHealth();
    for (let attempt = 0; attempt < 50; attempt += 1) expect(health.observe([call(failure)])).toBeUndefined();
    expect(health.conclude()).toBeUndefined();
  });

  it('does not judge an attempt by one bad call among good ones, or by none', () => {
    const health = new AgentModelHealth();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      expect(health.observe([...wrongKey, call()])).toBeUndefined();
      expect(health.observe([])).toBeUndefined();
    }
  });
});
