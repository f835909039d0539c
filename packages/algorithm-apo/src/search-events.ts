import type { AlgorithmContext, AlgorithmEvent } from '@agentlightning/core';
import type { CandidateRecord, EvaluationScore, RoundRecord } from './history.ts';
import { planSearch, type RoundSize, type SearchSize } from './search-plan.ts';

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

/**
 * Tells listeners what the branches of a round brought.
 * @param context - of the round
 */
export function announceCandidates(context: AlgorithmContext<unknown>, candidates: readonly CandidateRecord[]): void {
  for (const candidate of candidates) {
    const { version, parent, round, path, status, reason, problem, duplicateOf } = candidate;
    if (version !== null && status !== 'duplicate') {
      context.emit(`proposed-${version}`, { type: 'candidate-proposed', version, parent, round });
      continue;
    }
    const branch = `p${path!.parent}-b${path!.branch}`;
    const why = status === 'duplicate' ? `duplicate of ${duplicateOf}` : `${reason}: ${problem}`;
    context.emit(`dropped-${branch}`, { type: 'candidate-dropped', parent: parent!, round, reason: why });
    if (status === 'dropped')
      context.logger.warn({ round, branch, parent, reason, problem }, 'A branch brought no prompt');
  }
}

/** A score, as listeners are told. */
export function scoredEvent(
  round: number,
  version: string,
  dataset: 'val-sample' | 'val',
  { score, failed, unfinished, tasks }: EvaluationScore,
): AlgorithmEvent {
  return { type: 'candidate-scored', version, round, dataset, score, failed, unfinished, tasks };
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
