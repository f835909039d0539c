import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ProxyLLM } from './proxy-llm.ts';

function proxy(endpoint: string): ProxyLLM {
  return new ProxyLLM({ endpoint, model: 'policy', apiKey: 'sk-secret', samplingParameters: { top_p: 0.9 } });
}

describe('ProxyLLM.baseUrl()', () => {
  it.each([
    ['http://h:8090', 'http://h:8090/rollout/r1/attempt/a1'],
    ['http://h:8090/', 'http://h:8090/rollout/r1/attempt/a1'],
    ['http://h:8090//', 'http://h:8090//rollout/r1/attempt/a1'],
    ['http://h:8090/v1', 'http://h:8090/rollout/r1/attempt/a1/v1'],
    ['http://h:8090/v1/', 'http://h:8090/rollout/r1/attempt/a1/v1'],
    ['http://h/api/v1', 'http://h/api/rollout/r1/attempt/a1/v1'],
    ['http://h/api/v12', 'http://h/api/v12/rollout/r1/attempt/a1'],
  ])('puts the attempt into %s', (endpoint, url) => {
    expect(proxy(endpoint).baseUrl('r1', 'a1')).toBe(url);
  });

  it('is the endpoint as it is without ids', () => {
    expect(proxy('http://h/v1/').baseUrl()).toBe('http://h/v1/');
    expect(proxy('http://h/v1/').baseUrl(null, null)).toBe('http://h/v1/');
  });

  it.each([
    ['r1', null],
    ['r1', undefined],
    [undefined, 'a1'],
    [null, 'a1'],
    [1, 'a1'],
    ['r1', {}],
  ])('refuses the ids %j and %j', (rolloutId, attemptId) => {
    expect(() => proxy('http://h').baseUrl(rolloutId as never, attemptId as never)).toThrow(TypeError);
    expect(() => proxy('http://h').baseUrl(rolloutId as never, attemptId as never)).toThrow(/Id' must be a string/);
  });

  it('keeps an id with a slash in one segment of the path', () => {
    expect(proxy('http://h').baseUrl('a/b', '..?')).toBe('http://h/rollout/a%2Fb/attempt/..%3F');
  });
});

describe('ProxyLLM', () => {
  it('gives an attempt a plain endpoint with the same model, key and parameters', () => {
    const llm = proxy('http://h/v1').withAttemptedRollout({ rolloutId: 'r1', attempt: { attemptId: 'a1' } });
    expect(llm.toJSON()).toEqual({
      resource_type: 'llm',
      endpoint: 'http://h/rollout/r1/attempt/a1/v1',
      model: 'policy',
      api_key: 'sk-secret',
      sampling_parameters: { top_p: 0.9 },
    });
  });

  it('is JSON in upstream’s wire form, and hides its API key when inspected', () => {
    expect(proxy('http://h').toJSON()).toMatchObject({ resource_type: 'proxy_llm', api_key: 'sk-secret' });
    expect(inspect([proxy('http://h')])).not.toContain('sk-secret');
    expect(inspect(proxy('http://h'))).toMatch(/^ProxyLLM \{/);
  });

  it('refuses wrong arguments', () => {
    expect(() => new ProxyLLM({ endpoint: 1, model: 'm' } as never)).toThrow(
      "Cannot create the ProxyLLM as 'endpoint' must be a string",
    );
  });
});
