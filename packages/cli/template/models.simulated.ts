// Which models are asked. Keys come from the environment, or from a file .env, which git ignores: never from this file.
import { existsSync } from 'node:fs';
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import OpenAI from 'openai';

const envFile = new URL('.env', import.meta.url);
if (existsSync(envFile)) process.loadEnvFile(envFile);

/** Real models once OPENAI_API_KEY is set (and OPENAI_BASE_URL for another endpoint than OpenAI's), simulated ones until then. */
export async function startModels() {
  return process.env['OPENAI_API_KEY'] ? realModels() : await simulatedModels();
}

function realModels() {
  const client = new OpenAI(); // reads OPENAI_API_KEY and OPENAI_BASE_URL
  return {
    client,
    baseUrl: client.baseURL,
    agent: 'gpt-4.1-nano',
    critic: 'gpt-5-mini',
    editor: 'gpt-4.1-mini',
    label: 'gpt-4.1-nano',
    close: async () => {},
  };
}

/** A program that answers by rules, in a process of its own. The search is real; its scores say nothing about language models. */
async function simulatedModels() {
  const server = await spawnSimulatedLlm();
  return {
    client: new OpenAI({ baseURL: server.baseUrl, apiKey: 'simulated' }),
    baseUrl: server.baseUrl,
    agent: 'sim-agent-weak',
    critic: 'sim-critic',
    editor: 'sim-editor',
    label: 'simulated models',
    close: () => server.close(),
  };
}
