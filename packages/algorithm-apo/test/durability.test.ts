import type { NamedResources, PromptTemplate } from '@agentlightning/core';
import { describeAlgorithmConformance } from '@agentlightning/trainer/testing';
import { afterAll } from 'vitest';
import { APO } from '../src/index.ts';
import { noise, rewardOf, SEED, type TestTask, tasks } from './run-search.ts';
import { distinctReply, MODELS, startScriptedModel } from './scripted-model.ts';

const model = await startScriptedModel((request) => {
  // Now and then nothing comes of a branch.
  if (request.model === MODELS.gradientModel && noise(JSON.stringify(request)) < 0.1) return '';
  return distinctReply(request);
});
afterAll(() => model[Symbol.asyncDispose]());

describeAlgorithmConformance<TestTask>('APO', {
  create: () =>
    new APO<TestTask>(model.client(), { ...MODELS, beamWidth: 2, branchFactor: 2, beamRounds: 2, valBatchSize: 4 }),
  agent: (task: TestTask, resources: NamedResources) => rewardOf(resources['prompt'] as PromptTemplate, task),
  initialResources: { prompt: SEED },
  trainDataset: tasks(8),
  valDataset: tasks(6, 100),
});
