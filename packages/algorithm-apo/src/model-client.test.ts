import { OpenAI } from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { modelClient, plainClientOptions } from './model-client.ts';

afterEach(() => vi.unstubAllEnvs());

describe('modelClient()', () => {
  it('takes a client as it is, and makes one of options', () => {
    const client = new OpenAI({ apiKey: 'k' });
    expect(modelClient(client)).toBe(client);
    expect(modelClient({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1' }).baseURL).toBe('http://127.0.0.1:9/v1');
  });

  it.each([undefined, null, 'key'])('refuses %s', (client) => {
    expect(() => modelClient(client as never)).toThrow(TypeError);
  });
});

describe('plainClientOptions()', () => {
  it('reads back what makes an equal client', async () => {
    const client = new OpenAI({
      baseURL: 'http://127.0.0.1:9/v1',
      apiKey: 'k',
      organization: 'org',
      project: 'proj',
      timeout: 1234,
      maxRetries: 7,
      defaultHeaders: { 'x-team': 'rooms', 'x-none': null },
      defaultQuery: { version: '2' },
    });
    const copy = modelClient({ ...structuredClone(plainClientOptions(client)) });
    expect(plainClientOptions(copy)).toEqual(plainClientOptions(client));
    expect(copy).toMatchObject({
      baseURL: 'http://127.0.0.1:9/v1',
      apiKey: 'k',
      organization: 'org',
      project: 'proj',
      timeout: 1234,
      maxRetries: 7,
    });
    expect(plainClientOptions(copy).defaultHeaders).toEqual({ 'x-team': 'rooms', 'x-none': null });
  });

  it('includes what the environment gave', () => {
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:8/v1');
    vi.stubEnv('OPENAI_API_KEY', 'from-environment');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-one: 1');
    expect(plainClientOptions(new OpenAI())).toMatchObject({
      baseURL: 'http://127.0.0.1:8/v1',
      apiKey: 'from-environment',
      defaultHeaders: { 'x-one': '1' },
    });
  });

  it.each([
    ['Headers', new Headers({ 'x-team': 'rooms' })],
    ['pairs', [['x-team', 'rooms']] as [string, string][]],
  ])('understands headers given as %s', (_what, defaultHeaders) => {
    expect(plainClientOptions(new OpenAI({ apiKey: 'k', defaultHeaders })).defaultHeaders).toEqual({
      'x-team': 'rooms',
    });
  });

  it('takes a client that was derived from another', () => {
    const derived = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1' }).withOptions({ timeout: 5 });
    expect(plainClientOptions(derived)).toMatchObject({ timeout: 5, baseURL: 'http://127.0.0.1:9/v1' });
  });

  class Special extends OpenAI {}

  it.each([
    ['a fetch of its own', new OpenAI({ apiKey: 'k', fetch: async () => new Response() }), 'fetch'],
    ['options for fetch', new OpenAI({ apiKey: 'k', fetchOptions: { redirect: 'error' } }), 'fetchOptions'],
    ['a function for the key', new OpenAI({ apiKey: async () => 'secret-key' }), 'apiKey (a function)'],
    ['another class', new Special({ apiKey: 'secret-key' }), 'the class Special'],
  ])('refuses a client with %s, and shows what to write', (_what, client, named) => {
    const read = () => plainClientOptions(client);
    expect(read).toThrow(expect.objectContaining({ code: 'SOURCE_NOT_LOADABLE' }));
    expect(read).toThrow(named);
    expect(read).toThrow('new APO({ baseURL:');
    expect(read).not.toThrow('secret-key');
  });
});
