import { describe, expect, it } from 'vitest';
import { readResource, textOfResource } from './resource-text.ts';

describe('readResource()', () => {
  it('tells engine and placeholders of a prompt', () => {
    const prompt = { resource_type: 'prompt_template', template: 'At {time} for {n:d}', engine: 'f-string' };
    expect(readResource(prompt)).toEqual({
      kind: 'prompt',
      template: 'At {time} for {n:d}',
      engine: 'f-string',
      placeholders: ['time', 'n'],
    });
    expect(readResource({ ...prompt, template: '{% for a in rooms %}', engine: 'jinja' })).toMatchObject({
      placeholders: ['rooms'],
    });
    expect(readResource({ ...prompt, engine: 'other' })).toMatchObject({ engine: 'other', placeholders: [] });
  });

  it.each(['llm', 'proxy_llm', 'vault'])('never shows a key that came all the same, of %s', (type) => {
    const shown = readResource({
      resource_type: type,
      model: 'small',
      endpoint: 'https://user:sk-1@models.example/v1',
      api_key: 'sk-2',
      sampling_parameters: {
        temperature: 0,
        headers: { Authorization: 'Bearer sk-3', 'x-api-key': 'sk-4' },
        max_tokens: 5,
      },
      ...(type === 'vault' ? { endpoint: '', nested: [{ api_key: 'sk-5', secretWord: 'sk-6' }] } : {}),
    });
    expect(JSON.stringify(shown)).not.toContain('sk-');
    expect(textOfResource(shown)).not.toContain('sk-');
    expect(JSON.stringify(shown)).toContain('"max_tokens":5');
  });
});
