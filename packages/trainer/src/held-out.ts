import type { Candidate, TaskOutcome } from '@agentlightning/core';
import { canonicalHash, type Json, namedResourcesToWire } from '@agentlightning/core';
import type { RunContext } from './context/run-context.ts';
import { compare, type PairedDifference, type Score, scoreOf } from './score.ts';

/** How the best candidate did on tasks that the search never saw. */
export interface HeldOutReport {
  /** The best candidate's score. */
  readonly best: Score;
  /** The initial resources' score on the same tasks. */
  readonly initial: Score;
  /** Best minus initial, task by task; `null` when a task has no result. */
  readonly difference: PairedDifference | null;
  /**
   * `better` or `worse` only when the 95 % interval of the difference leaves out 0; otherwise the data do not tell. `same`: the best candidate is
   * the initial one.
   */
  readonly verdict: 'better' | 'worse' | 'not-distinguishable' | 'same' | 'incomplete';
}

/** Reads the test set, once: runs the best candidate and the initial resources on it. */
export async function evaluateHeldOut<TTask>(
  context: RunContext<TTask>,
  testDataset: ArrayLike<TTask>,
  best: Candidate | undefined,
): Promise<HeldOutReport> {
  const { initialResources } = context;
  const isSame = best === undefined || hash({ ...initialResources, ...best }) === hash(initialResources);
  const evaluation = context.evaluate('test', {
    candidates: isSame ? [{}] : [{}, best],
    tasks: Array.from(testDataset),
    mode: 'test',
  });
  const outcomes = await evaluation.outcomes();
  const initialOutcomes = outcomes.filter((outcome) => outcome.candidateIndex === 0);
  const bestOutcomes = isSame ? initialOutcomes : outcomes.filter((outcome) => outcome.candidateIndex === 1);
  const difference = compare(initialOutcomes, bestOutcomes) ?? null;
  return {
    best: scoreOf(bestOutcomes),
    initial: scoreOf(initialOutcomes),
    difference,
    verdict: isSame ? 'same' : verdictOf(difference, outcomes),
  };
}

function verdictOf(
  difference: PairedDifference | null,
  outcomes: readonly TaskOutcome<unknown>[],
): HeldOutReport['verdict'] {
  if (difference === null || outcomes.length === 0) return 'incomplete';
  if (difference.interval[0] > 0) return 'better';
  if (difference.interval[1] < 0) return 'worse';
  return 'not-distinguishable';
}

function hash(resources: Candidate): string {
  return canonicalHash(namedResourcesToWire(resources) as unknown as Json);
}
