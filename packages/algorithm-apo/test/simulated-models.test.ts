import { LLM, PromptTemplate, rewardDraft } from '@agentlightning/core';
import { startSimulatedLlm } from '@agentlightning/simulated-llm';
import {
  generateRoomsHard,
  gradeRoomChoice,
  type RoomTask,
  roomsAndAvailability,
  roomToolDefinition,
} from '@agentlightning/simulated-llm/rooms-hard';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { APO, type ApoOptions, type CandidateRecord } from '../src/index.ts';
import { chatDraft, runSearch, type TestAgent } from './run-search.ts';

const seed = new PromptTemplate({
  template:
    'Find a room on {date} at {time} for {duration_min} minutes, {attendees} attendees. Needs: {needs}. Accessible required: {accessible_required}',
});

/** Asks the simulated agent model, which calls the room tool once and then answers. */
function roomAgent(client: OpenAI): TestAgent<RoomTask> {
  return async ({ task, prompt }) => {
    const question = prompt.format({ ...task });
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: question }];
    const ask = async (): Promise<OpenAI.ChatCompletionMessage> => {
      const completion = await client.chat.completions.create({
        model: 'sim-agent-weak',
        messages,
        tools: [roomToolDefinition],
      });
      return completion.choices[0]!.message;
    };
    const call = await ask();
    const rooms = JSON.stringify(roomsAndAvailability(task.date, task.time, task.duration_min));
    messages.push(call, { role: 'tool', tool_call_id: call.tool_calls?.[0]?.id ?? '', content: rooms });
    const answer = (await ask()).content ?? '';
    const reward = gradeRoomChoice(task, answer);
    const feedback = reward === 1 ? 'right' : `wrong: the expected answer was ${task.expectedChoice}`;
    return [chatDraft(messages, answer), rewardDraft(reward, { feedback })];
  };
}

/** A search with simulated models in all three parts. */
async function search(options: ApoOptions) {
  const server = await startSimulatedLlm();
  try {
    const { train, val } = generateRoomsHard({ tasks: 80 });
    const client = new OpenAI({ baseURL: server.baseUrl, apiKey: 'any' });
    const algorithm = new APO<RoomTask>(client, {
      gradientModel: 'sim-critic',
      applyEditModel: 'sim-editor',
      beamWidth: 2,
      branchFactor: 3,
      beamRounds: 2,
      valBatchSize: 10,
      ...options,
    });
    const agent_llm = new LLM({ endpoint: server.baseUrl, model: 'sim-agent-weak' });
    await runSearch<RoomTask>({
      algorithm,
      agent: roomAgent(client),
      train,
      val,
      resources: { agent_llm, prompt: seed },
      slots: 16,
    });
    return { algorithm, result: algorithm.restore(algorithm.snapshot()), stats: await server.stats() };
  } finally {
    await server.close();
  }
}

function candidates(algorithm: APO<RoomTask>): CandidateRecord[] {
  return algorithm.history.slice(1).flatMap((round) => round.candidates);
}

describe('APO with simulated models', () => {
  it('finds a better prompt, in which everything can be filled in, though the editor damages many', async () => {
    const { algorithm, result } = await search({ applyEditModel: 'sim-editor-careless' });
    const first = algorithm.history[0]!.validation!.result.score!;
    expect(result.bestScore).toBeGreaterThan(first);
    expect(result.counts.repaired).toBeGreaterThan(0);
    const used = candidates(algorithm).flatMap(({ prompt }) => (prompt === null ? [] : [new PromptTemplate(prompt)]));
    for (const prompt of used) expect(new Set(prompt.placeholders())).toEqual(new Set(seed.placeholders()));
  });

  it('gets its critiques from a model that accepts no temperature but its own', async () => {
    const { algorithm, stats } = await search({
      gradientModel: 'sim-critic-fixed-temperature',
      diversityTemperature: 0.5,
      concurrency: 1,
      beamRounds: 1,
    });
    expect(candidates(algorithm).every(({ critique }) => critique !== null)).toBe(true);
    expect(stats.refused).toBe(1);
  });

  it('ends with the seed when the critic is silent', async () => {
    const { algorithm, result } = await search({ gradientModel: 'sim-critic-silent' });
    expect(candidates(algorithm).every(({ reason }) => reason === 'critique-failed')).toBe(true);
    expect(result).toMatchObject({ bestVersion: 'v0', bestPrompt: { template: seed.template } });
  });
});
