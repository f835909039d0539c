import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LLM } from './llm.ts';

describe('LLM', () => {
  it('has no key and no parameters unless given', () => {
    const llm = new LLM({ endpoint: 'http://h/v1', model: 'm' });
    expect(llm).toMatchObject({
      resourceType: 'llm',
      endpoint: 'http://h/v1',
      model: 'm',
      apiKey: null,
      samplingParameters: {},
    });
  });

  it('answers its endpoint as the base URL, whatever the attempt', () => {
    const llm = new LLM({ endpoint: 'http://h/v1/', model: 'm' });
    expect(llm.baseUrl()).toBe('http://h/v1/');
    expect(llm.baseUrl('r1', 'a1')).toBe('http://h/v1/');
    expect(llm.baseUrl(null, 'a1')).toBe('http://h/v1/');
  });

  it('is JSON in upstream’s wire form, API key included', () => {
    const llm = new LLM({ endpoint: 'e', model: 'm', apiKey: 'sk-1', samplingParameters: { temperature: 0.5 } });
    expect(JSON.parse(JSON.stringify(llm))).toEqual({
      resource_type: 'llm',
      endpoint: 'e',
      model: 'm',
      api_key: 'sk-1',
      sampling_parameters: { temperature: 0.5 },
    });
  });

  it('does not show its API key, however deep it is inspected', () => {
    const llm = new LLM({ endpoint: 'e', model: 'm', apiKey: 'sk-secret', samplingParameters: { temperature: 0.5 } });
    for (const text of [
      inspect(llm),
      inspect({ a: [{ llm }] }, { depth: 9 }),
      inspect(llm, { showHidden: true }),
      format('%s %o %j', llm, llm, 0),
    ]) {
      expect(text).not.toContain('sk-secret');
    }
    expect(inspect(llm)).toContain("apiKey: '***'");
    expect(inspect(llm)).toContain('temperature: 0.5');
    expect(inspect(new LLM({ endpoint: 'e', model: 'm' }))).toContain('apiKey: null');
  });

  it('cannot be changed, and does not follow changes of its arguments', () => {
    const samplingParameters = { temperature: 0.5 };
    const llm = new LLM({ endpoint: 'e', model: 'm', samplingParameters });
    samplingParameters.temperature = 1;
    expect(llm.samplingParameters).toEqual({ temperature: 0.5 });
    expect(() => Object.assign(llm, { endpoint: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(llm.samplingParameters, { temperature: 1 })).toThrow(TypeError);
  });

  it.each([
    [{ model: 'm' }, "Cannot create the LLM as 'endpoint' must be a string: current value is of another type"],
    [{ endpoint: 'e' }, "'model' must be a string"],
    [{ endpoint: 'e', model: 'm', apiKey: 5 }, "'apiKey' must be a string or null"],
    [{ endpoint: 'e', model: 'm', samplingParameters: [] }, "'samplingParameters' must be an object"],
  ])('refuses %j', (options, message) => {
    expect(() => new LLM(options as never)).toThrow(TypeError);
    expect(() => new LLM(options as never)).toThrow(message);
  });
});
