// Which side runs in the main process: the algorithm (the default), or the agent, so that a debugger stops at its breakpoints.
// Both give the same result. The models are simulated: a rule-based program answers over HTTP.
import assert from 'node:assert/strict';
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import { RoomSelector, seedPrompt } from '@agentlightning-examples/room-selector';
import { APO, ClientServerExecutionStrategy, LLM, Trainer } from 'agentlightning';
import OpenAI from 'openai';

if (import.meta.main) {
  const server = await spawnSimulatedLlm();
  try {
    const algorithmInMain = await train('algorithm');
    const agentInMain = await train('runner');
    console.log(`mainProcess 'algorithm': ${algorithmInMain.score} ${algorithmInMain.prompt}`);
    console.log(`mainProcess 'runner':    ${agentInMain.score} ${agentInMain.prompt}`);
    assert.deepEqual(agentInMain, algorithmInMain, 'the result does not depend on where things run');
    assert.notEqual(algorithmInMain.version, 'v0', 'the search found a better prompt than the seed');
  } finally {
    await server.close();
  }

  async function train(mainProcess: 'algorithm' | 'runner') {
    const algorithm = new APO<RoomTask>(new OpenAI({ baseURL: server.baseUrl, apiKey: 'simulated' }), {
      gradientModel: 'sim-critic',
      applyEditModel: 'sim-editor',
      beamWidth: 2,
      branchFactor: 2,
      beamRounds: 2,
    });
    const { train, val } = generateRoomsHard();
    const trainer = new Trainer({
      algorithm,
      strategy: new ClientServerExecutionStrategy({ mainProcess }),
      nRunners: 8,
      initialResources: {
        prompt_template: seedPrompt,
        agent_llm: new LLM({ endpoint: server.baseUrl, model: 'sim-agent-weak' }),
      },
    });
    const run = await trainer.fit(new RoomSelector(), train.slice(0, 30), { valDataset: val.slice(0, 20) });
    // The algorithm object in this thread knows the best prompt, wherever the search took place.
    assert.equal(algorithm.getBestPrompt().template, run.result.bestPrompt.template);
    return {
      prompt: run.result.bestPrompt.template,
      score: run.result.bestScore,
      version: run.result.bestVersion,
      history: JSON.stringify(run.result.history),
    };
  }
}
