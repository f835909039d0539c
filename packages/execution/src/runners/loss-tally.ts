import type { RunnersOutcome } from '@agentlightning/core';

/** Counts the runner threads or processes that were lost and replaced in a run, by cause. */
export class LossTally {
  readonly #causes = new Map<string, number>();
  #lost = 0;
  #givenBack = 0;

  /** @param cause - in words */
  lost(cause: string): void {
    this.#lost += 1;
    this.#causes.set(cause, (this.#causes.get(cause) ?? 0) + 1);
  }

  givenBack(attempts: number): void {
    this.#givenBack += attempts;
  }

  /** What came together so far, the most frequent cause first. */
  get counts(): Pick<RunnersOutcome, 'lost' | 'givenBack' | 'causes'> {
    const causes = [...this.#causes].map(([cause, count]) => ({ cause, count })).sort((a, b) => b.count - a.count);
    return { lost: this.#lost, givenBack: this.#givenBack, causes };
  }
}
