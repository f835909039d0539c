import type { Candidate } from '@agentlightning/core';
import type { Score } from '@agentlightning/core/run';
import { snapshotIdOf } from './snapshot-id.ts';

/** Means that differ by less were summed up in another order. */
const SAME = 1e-9;

/** Remembers what the evaluations of a run gave, so that a score that is offered as the best one is told with its interval. */
export class EvaluatedScores {
  readonly #runId: string;
  readonly #scores = new Map<string, Score[]>();

  constructor(runId: string) {
    this.#runId = runId;
  }

  /** Adds what a snapshot came to in one evaluation. */
  add(resourcesId: string, score: Score): void {
    this.#scores.set(resourcesId, [...(this.#scores.get(resourcesId) ?? []), score]);
  }

  /** Interval and number of tasks of the latest evaluation in which a candidate had this score; `null` if there is none. */
  of(candidate: Candidate, score: number): Pick<Score, 'interval'> & { readonly tasks: number | null } {
    const known = [false, true].flatMap((only) => this.#scores.get(snapshotIdOf(this.#runId, candidate, only)) ?? []);
    const found = known.findLast(({ mean }) => mean !== null && Math.abs(mean - score) < SAME);
    return { interval: found?.interval ?? null, tasks: found?.n ?? null };
  }
}
