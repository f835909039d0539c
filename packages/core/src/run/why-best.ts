import { grouped } from './amounts.ts';
import type { RunView } from './run-view.ts';

/** What is said beside the score that a search chose its best candidate by, as terminal, page and report say it. */
export const CHOSEN_BY_CAVEAT = 'likely too high: the search chose by it';

/**
 * Why the best candidate is the best, in a sentence or two, as page and report show it; `null` as long as nothing was scored on the whole validation set.
 * Scores on samples may be higher and say less: without a word about them it looks as if the wrong one had won.
 */
export function whyBest({ best, candidates }: Pick<RunView, 'best' | 'candidates'>): string | null {
  const score = candidates.find(({ version }) => version === best?.version)?.validation;
  if (best === null || score === null || score === undefined || score.score === null) return null;
  const compared = candidates.filter(({ validation }) => validation !== null && validation.score !== null).length;
  const all = `all ${grouped(score.tasks)} validation tasks`;
  const reason =
    compared === 1
      ? `${best.version} is the only candidate that was scored on ${all}`
      : `${best.version} has the best score of the ${compared} candidates that were scored on ${all}`;
  const sample = Math.max(0, ...candidates.flatMap(({ samples }) => samples.map(({ tasks }) => tasks)));
  if (sample === 0) return `${reason}.`;
  return `${reason}. Scores on a sample (${grouped(sample)} tasks) decide which candidates go on, and are not compared with that.`;
}
