import { request } from 'node:http';
import { startSimulatedLlm } from '@agentlightning/simulated-llm';
import {
  APO,
  type LLM,
  type PromptTemplate,
  rollout,
  SharedMemoryExecutionStrategy,
  Trainer,
  type TrainerEvent,
} from 'agentlightning';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomQuestion } from './fixtures/question-agent.ts';
import { resources, SMALL_SEARCH } from './fixtures/settings.ts';

let server: Awaited<ReturnType<typeof startSimulatedLlm>>;
beforeAll(async () => {
  server = await startSimulatedLlm();
});
afterAll(() => server.close());

type Input = Parameters<Parameters<typeof rollout<RoomQuestion>>[0]>[0];

/** Days of three months: the sets have nothing in common. */
const days = (month: number, count: number): RoomQuestion[] =>
  Array.from({ length: count }, (_, index) => ({ date: `2026-0${month}-${String(index + 1).padStart(2, '0')}` }));

const promptOf = ({ task, resources: { prompt } }: Input): string =>
  (prompt as PromptTemplate).format({ date: task.date });

async function ask({ resources }: Input, content: string): Promise<void> {
  const llm = resources['llm'] as LLM;
  const client = new OpenAI({ baseURL: llm.baseUrl(), apiKey: 'none', maxRetries: 0 });
  await client.chat.completions.create({ model: llm.model, messages: [{ role: 'user', content }] });
}

/** Grows with the prompt, and is another one for each day. */
const reward = (text: string): number => Math.min(1, text.length / 4000 + Number(text.match(/-(\d\d)$/)![1]) / 100);

async function search(agent: (input: Input) => Promise<number>) {
  const trainer = new Trainer({
    algorithm: new APO<RoomQuestion>(new OpenAI({ baseURL: server.baseUrl, apiKey: 'x' }), {
      ...SMALL_SEARCH,
      valBatchSize: 8,
    }),
    nRunners: 8,
    strategy: new SharedMemoryExecutionStrategy(),
    initialResources: resources(server.baseUrl),
  });
  const options = { valDataset: days(2, 20), testDataset: days(3, 20), runDirectory: null };
  const stream = trainer.stream(rollout<RoomQuestion>(agent), days(1, 6), options);
  const events: TrainerEvent[] = [];
  for await (const event of stream) events.push(event);
  const run = await stream.result;
  const first = events.findIndex(({ type }) => type === 'finding');
  /** Evaluations that had ended when the first finding was told. */
  const ended = events.slice(0, first).filter(({ type }) => type === 'evaluation-ended').length;
  return { run, ended, codes: run.findings.map(({ code }) => code), events };
}

describe('the findings of a search', () => {
  it('are none where all is well', async () => {
    const { run, events } = await search(async (input) => {
      const prompt = promptOf(input);
      await ask(input, prompt);
      return reward(`${prompt} ${input.task.date}`);
    });
    expect(run.findings).toEqual([]);
    expect(run.warnings).toEqual([]);
    expect(events.filter(({ type }) => type.startsWith('finding'))).toEqual([]);
    expect(run.heldOut).toMatchObject({ verdict: 'better', difference: { wins: 20 } });
    expect(run.heldOut!.difference!.pValue).toBeLessThan(0.001);
    const best = events.findLast((event) => event.type === 'best')!;
    expect(best).toMatchObject({ tasks: 20, interval: [expect.any(Number), expect.any(Number)] });
    expect(best.interval![0]).toBeLessThan(best.score);
    expect(best.interval![1]).toBeGreaterThan(best.score);
  });

  it('say within the first evaluations that the agent does not use the prompt, and later that prompts make no difference', async () => {
    const { run, codes, ended } = await search(async (input) => {
      await ask(input, `Which room is free on ${input.task.date}?`);
      return reward(input.task.date);
    });
    expect(codes).toEqual(['prompt-ignored', 'prompts-make-no-difference']);
    expect(ended).toBeLessThanOrEqual(1);
    expect(run.warnings).toEqual(run.findings.map(({ message }) => message));
  });

  it('say after the first evaluation that all rewards are equal', async () => {
    const { codes, ended } = await search(async (input) => {
      await ask(input, promptOf(input));
      return 0.5;
    });
    expect(codes).toEqual(['rewards-all-equal']);
    expect(ended).toBeLessThanOrEqual(2);
  });

  it('say within the first evaluations that no model call is seen', async () => {
    const { codes, ended } = await search(async (input) => {
      const prompt = promptOf(input);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // Not by fetch.
      const call = request(`${server.baseUrl}/models`, (response) => response.resume().on('end', resolve));
      call.on('error', reject).end();
      await promise;
      return reward(`${prompt} ${input.task.date}`);
    });
    expect(codes).toEqual(['no-spans']);
    expect(ended).toBeLessThanOrEqual(1);
  });
});
