import {
  type AlgorithmContext,
  isLightningError,
  type LightningError,
  PromptTemplate,
  type TaskOutcome,
} from '@agentlightning/core';
import { applyEdit, type EditRequest, repairEdit } from './apply-edit.ts';
import { type CandidateCheck, tidyPrompt } from './candidate-check.ts';
import type { DropReason } from './history.ts';
import { computeTextualGradient, type GradientRequest } from './textual-gradient.ts';

/** What a new prompt is made of. */
export interface ProposalRequest<TTask> extends GradientRequest<TTask>, Pick<EditRequest, 'editPrompt'> {
  readonly editModel: string;
  /** Judges the new prompt. Without it, it is taken as it comes and becomes an f-string, as upstream does. */
  readonly check?: CandidateCheck;
  /** Is told what the branch is at, in words. */
  readonly tell?: (doing: string) => void;
}

/** A new prompt, or why there is none. */
export interface Proposal {
  readonly prompt: PromptTemplate | null;
  readonly reason: DropReason | null;
  /** With `reason`, in words. */
  readonly problem: string | null;
  readonly critique: string | null;
  readonly repaired: boolean;
  /** Answers that the optimiser's models gave, useful or not. */
  readonly modelCalls: number;
}

/**
 * Criticises a prompt and edits it by the critique. Mirrors upstream `APO.textual_gradient_and_apply_edit` (v0.3.0).
 *
 * @param context - a scope of this branch's own
 * @throws LightningError `MODEL_UNAVAILABLE`; answers that are no use drop the branch instead
 */
export async function proposePrompt<TTask>(
  context: AlgorithmContext<TTask>,
  request: ProposalRequest<TTask>,
): Promise<Proposal> {
  const { outcomes, check, prompt, tell = () => {} } = request;
  if (check !== undefined && outcomes.length === 0) {
    return dropped('no-experiments', 'No rollout of the parent finished', { modelCalls: 0 });
  }
  tell('asking the critic');
  const critique = await answerOf(() => computeTextualGradient(context, request));
  if (typeof critique !== 'string') {
    // Upstream's way to say that nothing came of the branch: the parent stands as a candidate once more.
    if (check === undefined) return proposed(asUpstream(prompt.template), { critique: null, modelCalls: 1 });
    return dropped('critique-failed', critique.message, { modelCalls: 1 });
  }
  const edit: EditRequest = { ...request, model: request.editModel, critique };
  tell('asking the editor');
  const reply = await answerOf(() => applyEdit(context, edit));
  if (typeof reply !== 'string') return dropped('edit-failed', reply.message, { critique, modelCalls: 2 });
  if (check === undefined) return proposed(asUpstream(reply), { critique, modelCalls: 2 });
  return await checked(context, { edit, reply, check, tell });
}

/** Takes a reply that passes the check, asks for a repair of any other, and takes that if it can be used. */
async function checked(
  context: AlgorithmContext<unknown>,
  {
    edit,
    reply,
    check,
    tell,
  }: {
    readonly edit: EditRequest;
    readonly reply: string;
    readonly check: CandidateCheck;
    readonly tell: (doing: string) => void;
  },
): Promise<Proposal> {
  const { critique, prompt } = edit;
  const child = (text: string): PromptTemplate =>
    new PromptTemplate({ template: tidyPrompt(text), engine: prompt.engine });
  const verdict = check(tidyPrompt(reply));
  if (verdict.problems.length === 0) return proposed(child(reply), { critique, modelCalls: 2 });

  tell('asking the editor to repair its prompt');
  const repairing = { critique, modelCalls: 3, repaired: true };
  const repair = await answerOf(() => repairEdit(context, edit, { reply, problems: verdict.problems }));
  const second = typeof repair === 'string' ? check(tidyPrompt(repair)) : undefined;
  if (typeof repair === 'string' && second?.isUnusable === false) return proposed(child(repair), repairing);
  // A reply that is only badly wrapped does work.
  if (!verdict.isUnusable) return proposed(child(reply), repairing);
  return dropped('invalid-template', (second ?? verdict).problems.join('; '), repairing);
}

/** The rollouts that the critic sees: those with a result, in the drawn order if there is a full batch of them. */
export function selectExperiments<TTask>(
  outcomes: readonly TaskOutcome<TTask>[],
  {
    order,
    batchSize,
    hasResult,
  }: {
    readonly order: readonly number[];
    readonly batchSize: number;
    readonly hasResult: (outcome: TaskOutcome<TTask>) => boolean;
  },
): TaskOutcome<TTask>[] {
  const usable = outcomes.filter(hasResult);
  if (usable.length < batchSize) return usable;
  return order.map((index) => outcomes[index]!).filter(hasResult);
}

/** What the step gave, or the recorded reason why it gave nothing. */
async function answerOf(ask: () => Promise<string>): Promise<string | LightningError> {
  try {
    return await ask();
  } catch (error) {
    if (isLightningError(error, 'STEP_FAILED')) return error;
    throw error;
  }
}

/** Whatever engine the seed has. */
function asUpstream(text: string): PromptTemplate {
  return new PromptTemplate({ template: text, engine: 'f-string' });
}

function proposed(
  prompt: PromptTemplate,
  rest: { readonly critique: string | null; readonly modelCalls: number; readonly repaired?: boolean },
): Proposal {
  return { prompt, reason: null, problem: null, repaired: false, ...rest };
}

function dropped(
  reason: DropReason,
  problem: string,
  rest: { readonly critique?: string; readonly modelCalls: number; readonly repaired?: boolean },
): Proposal {
  return { prompt: null, reason, problem, critique: null, repaired: false, ...rest };
}
