// The search of main.ts for the command line: agl run examples/room-selector
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard } from '@agentlightning/simulated-llm/rooms-hard';
import { APO, defineConfig, LLM } from 'agentlightning';
import OpenAI from 'openai';
import { RoomSelector, seedPrompt } from './room-selector.ts';

export default defineConfig(async () => {
  const { train, val, test } = generateRoomsHard();
  // Simulated models: a process of their own, which close() ends.
  const models = await spawnSimulatedLlm({
    latency: {
      agent: { kind: 'lognormal', medianMs: 40, p99Ms: 120 },
      critic: { kind: 'lognormal', medianMs: 300, p99Ms: 700 },
      editor: { kind: 'lognormal', medianMs: 200, p99Ms: 500 },
    },
  });
  return {
    label: 'simulated models',
    agent: new RoomSelector(),
    algorithm: new APO(new OpenAI({ baseURL: models.baseUrl, apiKey: 'simulated' }), {
      gradientModel: 'sim-critic',
      applyEditModel: 'sim-editor',
    }),
    nRunners: 32,
    initialResources: {
      prompt_template: seedPrompt,
      agent_llm: new LLM({ endpoint: models.baseUrl, model: 'sim-agent-weak' }),
    },
    trainDataset: train,
    valDataset: val,
    testDataset: test,
    close: () => models.close(),
  };
});
