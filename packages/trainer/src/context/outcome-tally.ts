import { lacksResult, type Usage } from '@agentlightning/core';
import type { RecordedOutcome } from './task-outcome.ts';

/** Sums up all outcomes of a run, and says which went wrong. */
export class OutcomeTally {
  #ended = 0;
  #failed = 0;
  #unfinished = 0;
  #firstError: string | null = null;
  #usage: Usage = { modelCalls: 0, promptTokens: 0, completionTokens: 0 };

  /** What the agents' model calls came to, as far as their spans tell. */
  get usage(): Usage {
    return this.#usage;
  }

  /** Counts an outcome. */
  add(outcome: RecordedOutcome): void {
    if (lacksResult(outcome)) {
      this.#unfinished += 1;
      return;
    }
    this.#ended += 1;
    if (outcome.status !== 'succeeded') {
      this.#failed += 1;
      this.#firstError ??= outcome.error;
    }
    this.#usage = {
      modelCalls: this.#usage.modelCalls + outcome.usage.modelCalls,
      promptTokens: this.#usage.promptTokens + outcome.usage.promptTokens,
      completionTokens: this.#usage.completionTokens + outcome.usage.completionTokens,
    };
  }

  /** What went wrong on a scale that makes the scores doubtful, in sentences; empty when nothing did. */
  warnings(): string[] {
    const all = `${this.#ended} ${this.#ended === 1 ? 'rollout' : 'rollouts'}`;
    const warnings: string[] = [];
    if (this.#failed > 0 && this.#failed * 5 >= this.#ended) {
      warnings.push(`${this.#failed} of ${all} failed and count 0; the first error was: ${this.#firstError}`);
    }
    if (this.#unfinished > 0) {
      const rollouts = this.#unfinished === 1 ? 'rollout' : 'rollouts';
      warnings.push(
        `${this.#unfinished} ${rollouts} gave no result: they did not end in time, were cancelled, or their runner was lost. What a second try has not made up for has no score`,
      );
    }
    return warnings;
  }
}
