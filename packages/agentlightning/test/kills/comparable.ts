import type { SeenScore, StoreSighting } from '@agentlightning/core/testing';
import type { APO, FitResult } from 'agentlightning';

type ApoHistory = FitResult<ReturnType<APO<number>['restore']>>['result']['history'];

/** What a run came to, without what differs between any two runs. */
export interface Comparable {
  readonly bestScore: number;
  readonly history: ApoHistory;
  readonly [name: string]: unknown;
}

/** Reads what the script of a run prints. */
export function comparableOf(output: string): Comparable {
  return JSON.parse(output, (key, value: unknown) =>
    // Ids contain the run's; times are measured; whose runner was killed is tried again.
    ['rolloutId', 'runId', 'latencySeconds', 'seconds', 'retried'].includes(key) ? undefined : value,
  ) as Comparable;
}

/** Every score that the history of a search tells, with the evaluation that it must be the mean of. */
export function scoresOf({ history }: Comparable, sighting: StoreSighting): SeenScore[] {
  const prompts = promptsOf(sighting);
  const find = (pattern: RegExp, template: string): string | undefined =>
    [...prompts].find(([evaluation, prompt]) => pattern.test(evaluation) && prompt === template)?.[0];
  const scores: SeenScore[] = [];
  const add = (what: string, pattern: RegExp, template: string | undefined, score: number | null): void => {
    const evaluation = template === undefined ? undefined : find(pattern, template);
    // One that cannot be found is looked for in vain by whoever checks, too.
    if (score !== null) scores.push({ what, evaluation: evaluation ?? `none of ${pattern}`, score });
  };
  const templates = new Map(
    history.flatMap(({ candidates }) => candidates.map(({ version, prompt }) => [version, prompt?.template] as const)),
  );
  for (const { round, candidates, validation } of history) {
    for (const { version, status, prompt, samples } of candidates) {
      if (status === 'duplicate' || status === 'dropped') continue;
      for (const sample of samples) {
        const pattern = new RegExp(`^r${sample.round}/scores/`);
        add(`${version} in round ${sample.round}`, pattern, prompt?.template, sample.score);
      }
    }
    if (validation === null) continue;
    const { version, result } = validation;
    add(`${version} on all tasks`, new RegExp(`^validation-r${round}/`), templates.get(version), result.score);
  }
  return scores;
}

/** The prompt of each evaluation that has one. */
function promptsOf({ rollouts, resources }: StoreSighting): Map<string, string> {
  const contents = new Map(resources.map((update) => [update.resourcesId, update.resources]));
  const prompts = new Map<string, string>();
  for (const { rollout } of rollouts) {
    const prompt = contents.get(rollout.resourcesId ?? '')?.['prompt'];
    if (prompt !== undefined && 'template' in prompt)
      prompts.set(String(rollout.metadata?.['evaluation']), prompt.template);
  }
  return prompts;
}
