import type { RequestRecord } from '@agentlightning/simulated-llm';
import type { LightningStore, PromptTemplate } from 'agentlightning';
import { LATENCY_ATTRIBUTE } from './room-agent.ts';
import type { EvaluationDraws } from './search-stages.ts';

/** Reads from the store which evaluations a run made, and what the model calls of each rollout drew. In the order of asking. */
export async function readDraws(store: LightningStore): Promise<EvaluationDraws[]> {
  const evaluations = new Map<string, { path: string; template: string; jobsMs: number[] }>();
  for (const { rolloutId, resourcesId, metadata } of (await store.queryRollouts()).items) {
    const path = String(metadata?.['evaluation']);
    const evaluation = evaluations.get(path) ?? { path, template: await templateOf(store, resourcesId!), jobsMs: [] };
    evaluations.set(path, evaluation);
    evaluation.jobsMs.push(await drawnMs(store, rolloutId));
  }
  return [...evaluations.values()];
}

/**
 * Sees to it that what the agents say they drew is what the server gave them.
 * @param requests - the server's log of the run
 * @throws RangeError when the sums differ
 */
export function checkDraws(
  evaluations: readonly EvaluationDraws[],
  requests: readonly RequestRecord[],
  agentModel: string,
): void {
  const drawn = sum(evaluations.flatMap(({ jobsMs }) => jobsMs));
  const given = sum(requests.filter(({ model }) => model === agentModel).map(({ latencyMs }) => latencyMs));
  if (Math.abs(drawn - given) <= 1e-6 * given) return;
  throw new RangeError(`The agents drew ${drawn} ms by their own account, and the server gave them ${given} ms`);
}

async function templateOf(store: LightningStore, resourcesId: string): Promise<string> {
  const snapshot = await store.getResourcesById(resourcesId);
  return (snapshot!.resources['prompt_template'] as PromptTemplate).template;
}

async function drawnMs(store: LightningStore, rolloutId: string): Promise<number> {
  for (const { attributes } of (await store.querySpans({ rolloutId })).items) {
    const value = attributes[LATENCY_ATTRIBUTE];
    if (typeof value === 'number') return value;
  }
  throw new RangeError(`The rollout ${rolloutId} did not say what it drew`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
