// Which models are asked. Keys come from the environment alone: there is none in any file.
import OpenAI from 'openai';

/** Models of an OpenAI-compatible endpoint. */
export async function startModels() {
  // Reads OPENAI_API_KEY.
  const client = new OpenAI({ baseURL: process.env['OPENAI_BASE_URL'] ?? '{{endpoint}}' });
  return {
    client,
    baseUrl: client.baseURL,
    // CHANGE: the names of models there.
    agent: 'gpt-4.1-nano',
    critic: 'gpt-5-mini',
    editor: 'gpt-4.1-mini',
    label: 'gpt-4.1-nano',
    close: async () => {},
  };
}
