// Which models are asked. Keys come from the environment, or from a file .env, which git ignores: never from this file.
import { existsSync } from 'node:fs';
import OpenAI from 'openai';

const envFile = new URL('.env', import.meta.url);
if (existsSync(envFile)) process.loadEnvFile(envFile);

/** Models of OpenAI. */
export async function startModels() {
  const client = new OpenAI(); // reads OPENAI_API_KEY and OPENAI_BASE_URL
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
