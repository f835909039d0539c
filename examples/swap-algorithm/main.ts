// One agent, three algorithms: APO, the Baseline, and one written here. Only one line differs.
// The models are simulated: a rule-based program answers over HTTP.
import assert from 'node:assert/strict';
import { simulatedModelNotice, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import { RoomSelector, seedPrompt } from '@agentlightning-examples/room-selector';
import {
  type Algorithm,
  type AlgorithmContext,
  APO,
  algorithm,
  Baseline,
  LLM,
  PromptTemplate,
  summarizeOutcomes,
  Trainer,
} from 'agentlightning';
import OpenAI from 'openai';

const HINTS = [
  'Only choose a room that is free for the whole time.',
  'Choose the smallest room that is large enough.',
  'If no room fits, answer exactly "No Room".',
];

// An algorithm is an async function. This one tries each hint on its own and keeps the best.
export const tryHints = algorithm(
  async (context: AlgorithmContext<RoomTask>) => {
    const seed = context.initialResources['prompt_template'] as PromptTemplate;
    const candidates = HINTS.map((hint) => ({
      prompt_template: new PromptTemplate({ template: `${seed.template}\n${hint}`, engine: seed.engine }),
    }));
    const tasks = Array.from(context.valDataset);
    const outcomes = await context.evaluate('hints', { candidates, tasks, mode: 'val' }).outcomes();
    const scores = HINTS.map((hint, index) => {
      const { mean } = summarizeOutcomes(outcomes.filter(({ candidateIndex }) => candidateIndex === index));
      return { hint, score: mean ?? -1 }; // a hint without a score, as tasks have no result, cannot win
    });
    return scores.reduce((best, next) => (next.score > best.score ? next : best));
  },
  { name: 'TryHints' },
);

if (import.meta.main) {
  const server = await startSimulatedLlm();
  console.log(simulatedModelNotice);
  const client = new OpenAI({ baseURL: server.baseUrl, apiKey: 'simulated' });
  try {
    const baseline = await train(new Baseline<RoomTask>());
    console.log('Baseline:', baseline.val?.mean?.toFixed(3));

    const apo = await train(
      new APO<RoomTask>(client, {
        gradientModel: 'sim-critic',
        applyEditModel: 'sim-editor',
        beamWidth: 2,
        branchFactor: 2,
        beamRounds: 2,
      }),
    );
    console.log('APO:     ', apo.bestScore?.toFixed(3));

    const hints = await train(tryHints);
    console.log('TryHints:', hints?.score.toFixed(3), hints?.hint);

    const seedScore = baseline.val?.mean ?? Number.NaN;
    assert.ok(apo.bestScore !== null && apo.bestScore > seedScore, 'APO finds a better prompt than the seed');
    assert.ok(hints !== undefined && hints.score > seedScore, 'and so does the best of the hints');
  } finally {
    await server.close();
  }

  async function train<R>(chosen: Algorithm<RoomTask, R>): Promise<R> {
    const { train, val } = generateRoomsHard();
    const trainer = new Trainer({
      algorithm: chosen, // the one line
      nRunners: 16,
      initialResources: {
        prompt_template: seedPrompt,
        agent_llm: new LLM({ endpoint: server.baseUrl, model: 'sim-agent-weak' }),
      },
    });
    const run = await trainer.fit(new RoomSelector(), train.slice(0, 40), { valDataset: val.slice(0, 30) });
    return run.result;
  }
}
