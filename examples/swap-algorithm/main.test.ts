import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import { seedPrompt } from '@agentlightning-examples/room-selector';
import type { PromptTemplate } from 'agentlightning';
import { describeAlgorithmConformance } from 'agentlightning/testing';
import { tryHints } from './main.ts';

const { train, val } = generateRoomsHard();

describeAlgorithmConformance<RoomTask>('TryHints', {
  create: () => tryHints,
  agent: (task, { prompt_template: prompt }) =>
    ((prompt as PromptTemplate).template.length + JSON.stringify(task).length) % 2,
  initialResources: { prompt_template: seedPrompt },
  trainDataset: train.slice(0, 1),
  valDataset: val.slice(0, 4),
});
