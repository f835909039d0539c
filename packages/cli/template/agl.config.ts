// What `agl run` does. Every field: docs/guides/config-file.md of Agent Lightning.
import { APO, defineConfig, LLM } from 'agentlightning';
import { MyAgent, seedPrompt } from './agent.ts';
import { startModels } from './models.ts';

export default defineConfig(async () => {
  const models = await startModels();
  return {
    agent: new MyAgent(),
    // Rewrites the prompt by what its answers were criticised for, and keeps what scores better.
    algorithm: new APO(models.client, {
      gradientModel: models.critic,
      applyEditModel: models.editor,
      beamWidth: 2,
      branchFactor: 3,
      beamRounds: 3,
      valBatchSize: 12,
    }),
    initialResources: { prompt: seedPrompt, llm: new LLM({ endpoint: models.baseUrl, model: models.agent }) },
    // The search learns from train and chooses by val. It never sees test: the score on it is the one to believe.
    trainDataset: 'tasks/train.jsonl',
    valDataset: 'tasks/val.jsonl',
    testDataset: 'tasks/test.jsonl',
    nRunners: 8,
    // It ends in good order at a limit, with the best prompt so far.
    budget: { rollouts: 1000 },
    label: models.label,
    close: models.close,
  };
});
