import type { Candidate, NamedResources, TaskOutcome } from '@agentlightning/core';
import { canonicalHash, compare, type Json, namedResourcesToWire, scoreOf } from '@agentlightning/core';
import { type HeldOutReport, type PairedDifference, type Verdict, verdictOn } from '@agentlightning/core/run';
import type { RunContext } from './context/run-context.ts';

export type { HeldOutReport };

/** Reads the test set, once: runs the best candidate and the initial resources on it. */
export async function evaluateHeldOut<TTask>(
  context: RunContext<TTask>,
  testDataset: ArrayLike<TTask>,
  best: Candidate | undefined,
): Promise<HeldOutReport> {
  const { initialResources } = context;
  const isSame = best === undefined || hash({ ...initialResources, ...best }) === hash(initialResources);
  const evaluation = context.evaluate('test', {
    candidates: isSame ? [initialLike(initialResources, best)] : [initialLike(initialResources, best), best],
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

/** The initial resources that the best candidate is another choice of: the candidate that a search begins with, under the name it has in the store. */
function initialLike(initialResources: NamedResources, best: Candidate | undefined): Candidate {
  const names = Object.keys(best ?? {}).filter((name) => name in initialResources);
  return Object.fromEntries(names.map((name) => [name, initialResources[name]!]));
}

function verdictOf(difference: PairedDifference | null, outcomes: readonly TaskOutcome<unknown>[]): Verdict {
  return difference === null || outcomes.length === 0 ? 'incomplete' : verdictOn(difference);
}

function hash(resources: Candidate): string {
  return canonicalHash(namedResourcesToWire(resources) as unknown as Json);
}
