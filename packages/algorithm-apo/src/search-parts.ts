import type { AlgorithmPlan, PlanPart } from '@agentlightning/core';
import type { ResolvedApoOptions } from './apo-options.ts';
import type { SearchSize } from './search-plan.ts';

/** Tokens around what a model is shown: the texts of critic and editor, and the prompt that they are about. */
const FRAME_TOKENS = 1000;
/** Characters of experiments to a token, in English. */
const CHARACTERS_PER_TOKEN = 4;
/** Tokens of a critique or a new prompt, with what a reasoning model thinks before. */
const REPLY_TOKENS = 2000;

type Options = Pick<
  ResolvedApoOptions,
  'gradientModel' | 'applyEditModel' | 'maxExperimentCharacters' | 'concurrency' | 'isUpstream'
>;

/**
 * The pieces that `planSearch()` sums up, round by round: as if each branch brought a new prompt. What may come on top is apart, since it
 * only comes when something goes wrong.
 */
export function searchParts(size: SearchSize, options: Options): AlgorithmPlan {
  const { beamWidth, branchFactor, beamRounds, valTasks } = size;
  const branches = beamWidth * branchFactor;
  const parts: PlanPart[] = [];
  const extras: PlanPart[] = [];
  if (size.runInitialValidation) {
    parts.push(rollouts('validation of the seed prompt', 0, valTasks, `${valTasks} validation tasks`));
    if (!options.isUpstream) extras.push(retry('validation of the seed prompt', 0, valTasks));
  }
  let beam = 1;
  for (let round = 1; round <= beamRounds; round += 1) {
    parts.push(...partsOfRound(round, beam, size, options));
    if (!options.isUpstream) extras.push(...extrasOfRound(round, beam, size, options));
    beam = Math.min(beamWidth, beam + branches);
  }
  return { rounds: beamRounds, parts, extras };
}

function partsOfRound(round: number, beam: number, size: SearchSize, options: Options): PlanPart[] {
  const { beamWidth, branchFactor, valTasks } = size;
  const branches = beamWidth * branchFactor;
  const gradientBatch = Math.min(size.gradientBatchSize, size.trainTasks);
  const valBatch = Math.min(size.valBatchSize, valTasks);
  const branching = `${beamWidth} parents × ${branchFactor} branches`;
  return [
    rollouts(
      'rollouts to criticise',
      round,
      branches * gradientBatch,
      `${branching} × ${gradientBatch} training tasks`,
    ),
    calls(
      'critiques',
      round,
      branches,
      branching,
      { model: options.gradientModel, tokens: critiqueTokens(options) },
      options,
    ),
    calls('edits', round, branches, branching, { model: options.applyEditModel, tokens: EDIT_TOKENS }, options),
    rollouts(
      'comparison of candidates',
      round,
      (beam + branches) * valBatch,
      `(${beam} in the beam + ${branches} new) × ${valBatch} validation tasks`,
    ),
    rollouts('validation of the leader', round, valTasks, `${valTasks} validation tasks`),
  ];
}

function extrasOfRound(round: number, beam: number, size: SearchSize, options: Options): PlanPart[] {
  const branches = size.beamWidth * size.branchFactor;
  const comparison = (beam + branches) * Math.min(size.valBatchSize, size.valTasks);
  const editor = { model: options.applyEditModel, tokens: REPAIR_TOKENS };
  return [
    calls('repairs of new prompts', round, branches, `${branches} new prompts`, editor, options),
    retry('comparison of candidates', round, comparison),
    retry('validation of the leader', round, size.valTasks),
  ];
}

const EDIT_TOKENS = { prompt: FRAME_TOKENS + REPLY_TOKENS, completion: REPLY_TOKENS };
const REPAIR_TOKENS = { prompt: FRAME_TOKENS + 2 * REPLY_TOKENS, completion: REPLY_TOKENS };

function critiqueTokens({ maxExperimentCharacters }: Options): {
  readonly prompt: number;
  readonly completion: number;
} {
  return {
    prompt: FRAME_TOKENS + Math.ceil(maxExperimentCharacters / CHARACTERS_PER_TOKEN),
    completion: REPLY_TOKENS,
  };
}

function rollouts(name: string, round: number, count: number, formula: string): PlanPart {
  return { name, round, rollouts: count, modelCalls: 0, formula };
}

function retry(name: string, round: number, count: number): PlanPart {
  return rollouts(`${name}, tasks that were not done`, round, count, `${count} rollouts, tried again`);
}

function calls(
  name: string,
  round: number,
  count: number,
  formula: string,
  {
    model,
    tokens,
  }: { readonly model: string; readonly tokens: { readonly prompt: number; readonly completion: number } },
  { concurrency }: Options,
): PlanPart {
  const callsAtOnce = Math.min(count, concurrency);
  return { name, round, rollouts: 0, modelCalls: count, formula, model, tokensPerCall: tokens, callsAtOnce };
}
