import {
  type AlgorithmContext,
  type AlgorithmEvent,
  type Json,
  namedResourcesToWire,
  PromptTemplate,
} from '@agentlightning/core';
import type { CandidateRecord, EvaluationScore, PromptData, RoundRecord } from './history.ts';
import { planSearch, type RoundSize, type SearchSize } from './search-plan.ts';
import type { SeedPrompt } from './seed-prompt.ts';

/** Tells listeners how much work there will be: at the start, and after a round that came out otherwise than planned. */
export function announcePlan(
  context: AlgorithmContext<unknown>,
  size: SearchSize,
  history: readonly RoundRecord[],
): void {
  const ended = history.slice(1).map(roundSize);
  const plan = planSearch(size, ended);
  const before = planSearch(size, ended.slice(0, -1));
  const isNews = ended.length === 0 || plan.rollouts !== before.rollouts || plan.modelCalls !== before.modelCalls;
  if (isNews) context.emit(`plan-r${ended.length}`, { type: 'plan', rounds: size.beamRounds, ...plan });
}

/** Tells listeners what the search begins with. */
export function announceSeed(context: AlgorithmContext<unknown>, { name, prompt }: SeedPrompt): void {
  const candidate = wireOf(name, prompt);
  const proposed = { type: 'candidate-proposed', version: 'v0', parent: null, round: 0, candidate } as const;
  context.emit('proposed-v0', { ...proposed, critique: null, edit: null });
}

/**
 * Tells listeners what the branches of a round brought.
 * @param context - of the round
 * @param name - of the resource that the search varies
 */
export function announceCandidates(
  context: AlgorithmContext<unknown>,
  name: string,
  candidates: readonly CandidateRecord[],
): void {
  for (const candidate of candidates) {
    const { version, parent, round, path, status, reason, problem, duplicateOf, critique, prompt } = candidate;
    if (version !== null && prompt !== null && status !== 'duplicate') {
      const proposed = { type: 'candidate-proposed', version, parent, round, critique } as const;
      const made = { candidate: wireOf(name, prompt), edit: editOf(candidate) };
      context.emit(`proposed-${version}`, { ...proposed, ...made });
      continue;
    }
    const branch = `p${path!.parent}-b${path!.branch}`;
    const why = status === 'duplicate' ? `duplicate of ${duplicateOf}` : `${reason}: ${problem}`;
    context.emit(`dropped-${branch}`, {
      type: 'candidate-dropped',
      parent: parent!,
      round,
      reason: why,
      critique,
    });
    if (status === 'dropped')
      context.logger.warn({ round, branch, parent, reason, problem }, 'A branch brought no prompt');
  }
}

/** A score, as listeners are told. */
export function scoredEvent(
  round: number,
  version: string,
  dataset: 'val-sample' | 'val',
  { score, interval, failed, unfinished, tasks }: EvaluationScore,
): AlgorithmEvent {
  return { type: 'candidate-scored', version, round, dataset, score, interval, failed, unfinished, tasks };
}

/** How a child was made of its parent, in words. */
function editOf({ gradientPrompt, editPrompt, repaired }: CandidateRecord): string | null {
  if (gradientPrompt === null || editPrompt === null) return null;
  return `${gradientPrompt} → ${editPrompt}${repaired ? ', repaired' : ''}`;
}

function wireOf(name: string, prompt: PromptData): Readonly<Record<string, Json>> {
  return namedResourcesToWire({ [name]: new PromptTemplate(prompt) }) as unknown as Readonly<Record<string, Json>>;
}

function roundSize({ candidates, beam }: RoundRecord, index: number, rounds: readonly RoundRecord[]): RoundSize {
  const before = index === 0 ? 1 : rounds[index - 1]!.beam.length;
  const fresh = candidates.filter(({ status }) => status !== 'dropped' && status !== 'duplicate').length;
  return {
    scored: before + fresh,
    modelCalls: candidates.reduce((sum, { modelCalls }) => sum + modelCalls, 0),
    beam: beam.length,
  };
}
