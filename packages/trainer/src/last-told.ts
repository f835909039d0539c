import type { Json } from '@agentlightning/core';
import type { Finding } from '@agentlightning/core/run';
import { NO_SPEND, type Spend } from './budget/spend-rows.ts';
import type { AlgorithmReport } from './run-algorithm.ts';
import type { RolloutCounts, RunMessage } from './run-message.ts';

/** What an algorithm has told of a run, for when it does not come to report on it. */
export class LastTold {
  #rollouts: RolloutCounts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, retried: 0 };
  #modelCalls = 0;
  #spend: Spend = NO_SPEND;
  #time: AlgorithmReport['time'] = null;
  readonly #findings = new Map<Finding['code'], Finding>();

  /** Takes note of what is of interest. */
  take(message: RunMessage): void {
    if (message.type === 'rollouts') this.#rollouts = message.counts;
    else if (message.type === 'model-calls') this.#modelCalls = message.count;
    else if (message.type === 'spend') this.#spend = message.spend;
    else if (message.type === 'time') this.#time = message.reading;
    else if (message.type === 'finding') this.#findings.set(message.finding.code, message.finding);
    else if (message.type === 'finding-withdrawn') this.#findings.delete(message.code);
  }

  /**
   * The report of a run that was stopped.
   * @param snapshot - the state in which the algorithm object is
   * @param warnings - why there is no other report
   */
  report(snapshot: Json, warnings: readonly string[]): AlgorithmReport {
    return {
      snapshot,
      isInterrupted: true,
      budgetReached: null,
      spend: this.#spend,
      rollouts: this.#rollouts,
      modelCalls: this.#modelCalls,
      agentUsage: { modelCalls: 0, promptTokens: 0, completionTokens: 0 },
      heldOut: null,
      findings: [...this.#findings.values()],
      time: this.#time,
      warnings,
    };
  }
}
