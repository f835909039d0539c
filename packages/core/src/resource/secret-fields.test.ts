import { describe, expect, it } from 'vitest';
import { LLM, type LLMOptions } from './llm.ts';
import { PromptTemplate } from './prompt-template.ts';
import { ProxyLLM } from './proxy-llm.ts';
import { maskLLM, secretsOf } from './secret-fields.ts';

const wire = (options: Partial<LLMOptions>) => new LLM({ endpoint: 'http://h/v1', model: 'm', ...options }).toJSON();

describe('maskLLM()', () => {
  it('leaves an endpoint without secrets as it is', () => {
    const plain = wire({
      samplingParameters: { max_tokens: 5, prompt_cache_key: 'rooms', stop: ['a'], token_ids: [1] },
    });
    expect(maskLLM(plain)).toEqual({ masked: plain, secrets: [] });
    expect(maskLLM(plain).masked).toBe(plain);
  });

  it('takes the key out', () => {
    expect(maskLLM(wire({ apiKey: 'sk-1' }))).toEqual({ masked: wire({ apiKey: null }), secrets: ['sk-1'] });
  });

  it.each([
    ['https://user:pass%20word@h/v1', 'https://user:***@h/v1', ['pass%20word', 'pass word']],
    ['https://token-1@h/v1', 'https://***@h/v1', ['token-1']],
    ['https://h/v1?api-key=k%2F1&version=2', 'https://h/v1?api-key=***&version=2', ['k/1', 'k%2F1']],
    ['https://h:1/%zz?x=y', 'https://h:1/%zz?x=y', []],
    ['no url', 'no url', []],
  ])('takes secrets out of the URL %s', (endpoint, masked, secrets) => {
    expect(maskLLM(wire({ endpoint }))).toEqual({ masked: wire({ endpoint: masked }), secrets });
  });

  it('takes headers and parameters out that are named like secrets, however deep', () => {
    const samplingParameters = {
      temperature: 0.5,
      extra_headers: { Authorization: 'Bearer sk-2', 'X-Title': 'rooms', Cookie: ['a=1', 'b=2'] },
      extra_body: [{ aws_secret_access_key: 'aws', access_token: 'tok' }],
    };
    const { masked, secrets } = maskLLM(wire({ samplingParameters }));
    expect(secrets).toEqual(['sk-2', 'a=1', 'b=2', 'aws', 'tok']);
    expect(masked.sampling_parameters).toEqual({
      temperature: 0.5,
      extra_headers: { Authorization: '***', 'X-Title': 'rooms', Cookie: ['***', '***'] },
      extra_body: [{ aws_secret_access_key: '***', access_token: '***' }],
    });
  });
});

describe('secretsOf()', () => {
  it('are those of all endpoints', () => {
    const options = { endpoint: 'http://h/v1', model: 'm' };
    expect(
      secretsOf({
        a: new LLM({ ...options, apiKey: 'sk-1' }),
        b: new ProxyLLM({ ...options, apiKey: 'sk-2' }),
        c: new PromptTemplate({ template: 'sk-3', engine: 'f-string' }),
      }),
    ).toEqual(['sk-1', 'sk-2']);
  });
});
