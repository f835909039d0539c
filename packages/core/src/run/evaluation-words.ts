import { partWords } from './edit-words.ts';
import type { CandidateView, EvaluationView } from './run-view.ts';

/**
 * What an evaluation is for, in words, as page and report show it: `round 2, scoring v5 on a sample`. Those of algorithms that are not known here go by their key.
 *
 * @param candidates - of the run: what is not among them is not known yet
 */
export function evaluationWords(
  { key, resourcesIds }: Pick<EvaluationView, 'key' | 'resourcesIds'>,
  candidates: readonly Pick<CandidateView, 'version' | 'resourcesId'>[],
): string {
  const versions = resourcesIds.map(
    (id) => candidates.find(({ resourcesId }) => resourcesId === id)?.version ?? 'a new candidate',
  );
  const who = versions.length === 0 ? 'a candidate' : [...new Set(versions)].join(' and ');
  if (key === 'held-out/test') return `held-out tasks with ${who}`;
  const [, validated, retried] = /^validation-r(\d+)\/(?:tasks|(retry))$/.exec(key) ?? [];
  if (validated !== undefined) {
    const when = validated === '0' ? 'at the start' : `after round ${validated}`;
    return `${when}, scoring ${who} on the validation set${again(retried)}`;
  }
  const [, round, parent, branch, scored] =
    /^r(\d+)\/(?:(p\d+)\/(b\d+)\/training\/tasks|scores\/[^/]+\/(tasks|retry))$/.exec(key) ?? [];
  if (round === undefined) return key;
  if (branch !== undefined) return `round ${round}, training tasks with ${who} for ${partWords(`${parent}-${branch}`)}`;
  return `round ${round}, scoring ${who} on a sample${again(scored)}`;
}

function again(part: string | undefined): string {
  return part === 'retry' ? ', again where there was no result' : '';
}
