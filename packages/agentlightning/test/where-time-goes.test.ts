import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type SimulatedLlmOptions, startSimulatedLlm } from '@agentlightning/simulated-llm';
import {
  APO,
  Baseline,
  type FitResult,
  SharedMemoryExecutionStrategy,
  Trainer,
  type TrainerEvent,
} from 'agentlightning';
import OpenAI from 'openai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QuestionAgent, type RoomQuestion } from './fixtures/question-agent.ts';
import { questions, resources, SMALL_SEARCH } from './fixtures/settings.ts';

type Split = NonNullable<FitResult<unknown>['timings']['split']>;

/** A search with models that take so long to answer. */
async function searched(latency: SimulatedLlmOptions['latency'], nRunners: number) {
  const server = await startSimulatedLlm(latency === undefined ? {} : { latency });
  onTestFinished(() => server.close());
  const trainer = new Trainer({
    algorithm: new APO<RoomQuestion>(new OpenAI({ baseURL: server.baseUrl, apiKey: 'x' }), SMALL_SEARCH),
    nRunners,
    strategy: new SharedMemoryExecutionStrategy(),
    initialResources: resources(server.baseUrl),
  });
  const stream = trainer.stream(new QuestionAgent(), questions(12).slice(5), {
    valDataset: questions(5),
    runDirectory: null,
  });
  const told: Split[] = [];
  for await (const event of stream) if (isTime(event)) told.push(event.split);
  return { timings: (await stream.result).timings, told };
}

function isTime(event: TrainerEvent): event is Extract<TrainerEvent, { readonly type: 'time' }> {
  return event.type === 'time';
}

/** How long such a search takes just now with models that answer at once, in milliseconds: a model that is slow is so beside that. */
const otherwiseMs = async (): Promise<number> => (await searched(undefined, 64)).timings.wallSeconds * 1000;

const constant = (ms: number) => ({ kind: 'constant', ms }) as const;
const rounded = (seconds: number): number => Math.round(seconds * 1000);

/** What is known of every split. */
function expectToAddUp({ wallSeconds, split }: FitResult<unknown>['timings'], told: readonly Split[]): Split {
  const { wall, bottleneck: _, ...parts } = split!;
  expect(rounded(Object.values(parts).reduce((sum, part) => sum + part, 0))).toBe(rounded(wall));
  expect(rounded(wall)).toBe(rounded(wallSeconds));
  expect(told.at(-1)).toEqual(split);
  // Once a second and in the end.
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told.length).toBeLessThanOrEqual(wallSeconds + 2);
  return split!;
}

describe('where the time of a search goes', () => {
  it('is waiting for a slot with few runners', async () => {
    const { timings, told } = await searched({ agent: constant(30) }, 1);
    const split = expectToAddUp(timings, told);
    expect(split.waitingForSlot / split.wall).toBeGreaterThan(0.5);
    expect(split.bottleneck).toMatch(/^Waiting for a free slot took \d+ % .* \(nRunners, now 1\) would help$/);
  });

  it('is the optimiser with a slow critic', async () => {
    const criticMs = Math.max(700, 2 * (await otherwiseMs()));
    const { timings, told } = await searched({ critic: constant(criticMs) }, 16);
    const split = expectToAddUp(timings, told);
    // In two rounds, beside which rollouts may still be under way.
    expect(split.optimizer).toBeGreaterThan(criticMs / 1000);
    expect(split.bottleneck).toMatch(/^The optimiser's model calls are the critical path/);
  });

  it('is the agents’ model where that is slow', async () => {
    const agentMs = Math.max(400, await otherwiseMs());
    const { timings, told } = await searched({ agent: constant(agentMs) }, 64);
    const split = expectToAddUp(timings, told);
    expect(split.agentModels / split.wall).toBeGreaterThan(0.5);
    expect(split.agentModels).toBeGreaterThan(4 * split.agentCode);
    expect(split).toMatchObject({ waitingForSlot: 0, agentUnknown: 0 });
    expect(split.bottleneck).toMatch(/^The agents' models took \d+ % of the time, with a slot for each rollout: /);
  });

  it('counts all processes of a run, and no time in which nobody worked on it', async () => {
    const server = await startSimulatedLlm();
    onTestFinished(() => server.close());
    const runDirectory = await mkdtemp(join(tmpdir(), 'agl-time-'));
    onTestFinished(() => rm(runDirectory, { recursive: true }));
    const trainer = new Trainer({
      algorithm: new Baseline<RoomQuestion>({ nEpochs: 2 }),
      strategy: new SharedMemoryExecutionStrategy(),
      initialResources: resources(server.baseUrl),
    });
    const train = (budget: number, resume: boolean) =>
      trainer.fit(new QuestionAgent(), questions(4), { runDirectory, resume, budget: { rollouts: budget } });
    const first = await train(4, false);
    expect(first.stopReason).toBe('budget');
    await setTimeout(500);
    const { timings, stopReason } = await train(8, true);
    expect(stopReason).toBe('completed');
    const wall = first.timings.wallSeconds + timings.wallSeconds;
    expect(timings.split!.wall).toBeLessThanOrEqual(wall + 0.001);
    // The first process has kept all of it but its own end, in which neither agents nor an optimiser were at work.
    const { wall: before, framework } = first.timings.split!;
    expect(timings.split!.wall).toBeGreaterThan(timings.wallSeconds + before - framework);
  });
});
