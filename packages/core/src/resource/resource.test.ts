import { describe, expect, it } from 'vitest';
import { LLM } from './llm.ts';
import { PromptTemplate } from './prompt-template.ts';
import { ProxyLLM } from './proxy-llm.ts';
import {
  isLLM,
  isNamedResources,
  isPromptTemplate,
  isProxyLLM,
  isResource,
  namedResourcesToWire,
  namedResourcesWireSchema,
  parseNamedResources,
  parseResource,
  resourceToWire,
} from './resource.ts';

const resources = {
  main_llm: new ProxyLLM({ endpoint: 'http://proxy.example:8090/v1', model: 'policy' }),
  judge: new LLM({
    endpoint: 'http://h',
    model: 'm',
    apiKey: 'k',
    samplingParameters: { stop: ['\n'], nested: { aB: 1 } },
  }),
  sys: new PromptTemplate({ template: 'Answer {topic}.', engine: 'f-string' }),
};

const wire = {
  main_llm: {
    resource_type: 'proxy_llm',
    endpoint: 'http://proxy.example:8090/v1',
    model: 'policy',
    api_key: null,
    sampling_parameters: {},
  },
  judge: {
    resource_type: 'llm',
    endpoint: 'http://h',
    model: 'm',
    api_key: 'k',
    sampling_parameters: { stop: ['\n'], nested: { aB: 1 } },
  },
  sys: { resource_type: 'prompt_template', template: 'Answer {topic}.', engine: 'f-string' },
};

describe('resources on the wire', () => {
  it('are written as upstream writes them', () => {
    expect(namedResourcesToWire(resources)).toEqual(wire);
    expect(JSON.parse(JSON.stringify(resources))).toEqual(wire);
  });

  it('come back as they went', () => {
    const parsed = parseNamedResources(JSON.parse(JSON.stringify(wire)));
    expect(parsed).toEqual(resources);
    expect(parsed['sys']).toBeInstanceOf(PromptTemplate);
    expect(parsed['judge']).toBeInstanceOf(LLM);
    expect(parsed['main_llm']).toBeInstanceOf(ProxyLLM);
    expect(Object.isFrozen(parsed)).toBe(true);
  });

  it('have defaults for the key and the parameters, and lose unknown keys', () => {
    const json = { resource_type: 'llm', endpoint: 'e', model: 'm', extra: 1 };
    expect(resourceToWire(parseResource(json))).toEqual({
      resource_type: 'llm',
      endpoint: 'e',
      model: 'm',
      api_key: null,
      sampling_parameters: {},
    });
    expect(namedResourcesWireSchema.parse({ a: json })).toEqual({
      a: { resource_type: 'llm', endpoint: 'e', model: 'm', api_key: null, sampling_parameters: {} },
    });
  });

  it('may hold a damaged prompt', () => {
    const prompt = parseResource({ resource_type: 'prompt_template', template: '{', engine: 'f-string' });
    expect(prompt).toMatchObject({ template: '{' });
  });

  it('may have any name', () => {
    const json = JSON.parse('{"__proto__": {"resource_type": "llm", "endpoint": "e", "model": "m"}}') as unknown;
    const parsed = parseNamedResources(json);
    expect(Object.keys(parsed)).toEqual(['__proto__']);
    expect(Object.keys(namedResourcesToWire(parsed))).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });
});

describe('parseResource()', () => {
  it.each<[json: unknown, type: string, path: string[]]>([
    [{ template: 'a', engine: 'jinja' }, 'union_tag_not_found', []],
    [{ resource_type: 'tool', template: 'a' }, 'union_tag_invalid', []],
    [{ resource_type: null }, 'union_tag_invalid', []],
    [{ resource_type: 'prompt_template', template: 'a' }, 'invalid', ['engine']],
    [{ resource_type: 'prompt_template', template: 'a', engine: 'mustache' }, 'invalid', ['engine']],
    [{ resource_type: 'llm', endpoint: 'e' }, 'invalid', ['model']],
    [{ resource_type: 'llm', endpoint: 'e', model: 'm', api_key: ['sk-secret'] }, 'invalid', ['api_key']],
    [null, 'invalid', []],
    ['text', 'invalid', []],
    [[], 'union_tag_not_found', []],
  ])('refuses %j', (json, type, path) => {
    expect(() => parseResource(json)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', details: { type, path } }),
    );
    expect(() => parseResource(json)).not.toThrow(/sk-secret/);
  });

  it('says which of several resources is wrong', () => {
    expect(() => parseNamedResources({ ...wire, judge: { resource_type: 'llm', endpoint: 1, model: 'm' } })).toThrow(
      expect.objectContaining({ details: { type: 'invalid', path: ['judge', 'endpoint'] } }),
    );
    expect(() => parseNamedResources({ judge: {} })).toThrow(
      "Cannot read the resource at 'judge': it has no 'resource_type'",
    );
    expect(() => parseNamedResources([])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('the guards of resources', () => {
  it('tell the kinds apart', () => {
    const kinds = Object.values(resources).map((resource) => [
      isProxyLLM(resource),
      isLLM(resource),
      isPromptTemplate(resource),
    ]);
    expect(kinds).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });

  it('know a copy that lost its class', () => {
    const copy: unknown = structuredClone(resources.sys);
    expect(isPromptTemplate(copy)).toBe(true);
    expect(resourceToWire(copy as PromptTemplate)).toEqual(wire.sys);
  });

  it.each([null, undefined, 1, 'llm', {}, { resourceType: 'tool' }, wire.sys])('refuse %j', (value) => {
    expect(isResource(value)).toBe(false);
    expect(isNamedResources({ value })).toBe(false);
  });

  it('know named resources by their values', () => {
    expect(isNamedResources(resources)).toBe(true);
    expect(isNamedResources({})).toBe(true);
    expect(isNamedResources([resources.sys])).toBe(false);
    expect(isNamedResources(null)).toBe(false);
  });
});
