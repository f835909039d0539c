import { SimulatedServer } from './server/simulated-server.ts';
import type { SimulatedLlm } from './simulated-llm.ts';
import { resolveOptions, type SimulatedLlmOptions } from './simulated-llm-options.ts';

/**
 * Starts the server in this process. For measurements use `spawnSimulatedLlm`, which leaves this process's event loop alone.
 * @throws TypeError, RangeError for wrong options; the system's error (`EADDRINUSE`, …) when the port cannot be had
 * @example
 * const model = await startSimulatedLlm();
 * const client = new OpenAI({ baseURL: model.baseUrl, apiKey: 'any' });
 * await model.close();
 */
export async function startSimulatedLlm(options: SimulatedLlmOptions = {}): Promise<SimulatedLlm> {
  const server = new SimulatedServer(resolveOptions(options));
  const url = `http://127.0.0.1:${await server.listen()}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    stats: async () => server.log.stats(),
    requests: async () => server.log.requests(),
    resetStats: async () => server.log.reset(),
    close: () => server.close(),
  };
}
