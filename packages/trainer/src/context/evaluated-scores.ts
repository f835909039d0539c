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

  /**
   * Interval and number of tasks of the largest evaluation in which a candidate had this score, and of equally large ones the one that says least; `null` if there is
   * none. Which came last is no criterion: after a resumption they may come in another order.
   */
  of(candidate: Candidate, score: number): Pick<Score, 'interval'> & { readonly tasks: number | null } {
    const known = [false, true].flatMap((only) => this.#scores.get(snapshotIdOf(this.#runId, candidate, only)) ?? []);
    const [found] = known
      .filter(({ mean }) => mean !== null && Math.abs(mean - score) < SAME)
      .sort((a, b) => b.n - a.n || widthOf(b) - widthOf(a));
    return { interval: found?.interval ?? null, tasks: found?.n ?? null };
  }
}

function widthOf({ interval }: Score): number {
  return interval === null ? 0 : interval[1] - interval[0];
}
