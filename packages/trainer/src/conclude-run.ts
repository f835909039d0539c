import {
  type Algorithm,
  isLightningError,
  type RunnersOutcome,
  rolloutConfigSchema,
  systemClock,
} from '@agentlightning/core';
import { NO_SPEND } from './budget/spend-rows.ts';
import type { FitResult, StopReason } from './fit-result.ts';
import type { AlgorithmJob, AlgorithmReport } from './run-algorithm.ts';
import type { RunDirectory } from './run-directory/run-directory.ts';
import { timeSplitOf, withEnding } from './timing/time-split.ts';
import type { TrainerEvent } from './trainer-event.ts';

/** Tells how a run has ended, and makes its result of what the algorithm's side reported. */
export function concludeRun<TTask, R>(
  job: AlgorithmJob<TTask>,
  algorithm: Algorithm<TTask, R> | undefined,
  report: AlgorithmReport | undefined,
  run: {
    readonly startTime: number;
    readonly publish: (event: TrainerEvent) => void;
    readonly directory: RunDirectory | undefined;
    /** What was said before the run began. */
    readonly beforehand: readonly string[];
    /** What came up besides what the report says. */
    readonly warnings: readonly string[];
    readonly runners: RunnersOutcome | null;
    readonly label: string | null;
    readonly reason?: StopReason;
  },
): FitResult<R> {
  const { startTime, publish, directory, runners, label, reason } = run;
  const endTime = systemClock.now();
  const stopReason = reason ?? stopReasonOf(algorithm, report);
  const found = [...(report?.warnings ?? []), ...run.warnings];
  // What was found has been told as such.
  const findings = report?.findings ?? [];
  for (const message of found) publish({ type: 'warning', message });
  const read = report?.time ?? null;
  const split = read === null ? null : timeSplitOf(withEnding(read, endTime));
  if (split !== null) publish({ type: 'time', split });
  publish({ type: 'run-ended', stopReason });
  const snapshot = report?.snapshot ?? algorithm?.snapshot() ?? null;
  return {
    result: algorithm?.restore(snapshot) as R,
    runId: job.runId,
    runDirectory: directory?.path ?? null,
    label,
    seed: job.seed,
    stopReason,
    counts: {
      rollouts: report?.rollouts ?? { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, retried: 0 },
      modelCalls: { algorithm: report?.modelCalls ?? 0, agent: report?.agentUsage.modelCalls ?? 0 },
      tokens: { prompt: report?.agentUsage.promptTokens ?? 0, completion: report?.agentUsage.completionTokens ?? 0 },
    },
    runners,
    limits: rolloutConfigSchema.parse(job.rolloutConfig),
    timings: { startTime, endTime, wallSeconds: endTime - startTime, split },
    spend: report?.spend ?? NO_SPEND,
    budget: job.budget === undefined ? null : { limits: job.budget, reached: report?.budgetReached ?? null },
    heldOut: report?.heldOut ?? null,
    findings,
    warnings: [...run.beforehand, ...findings.map(({ message }) => message), ...found],
  };
}

function stopReasonOf(algorithm: object | undefined, report: AlgorithmReport | undefined): StopReason {
  if (report === undefined) return 'run-ended';
  if (report.isInterrupted) return 'interrupted';
  if (report.budgetReached !== null) return 'budget';
  return algorithm === undefined ? 'max-rollouts' : 'completed';
}

/** Whether a run ended as its runners have done all the rollouts that they were to do. */
export function isMaxRolloutsReached(error: unknown): boolean {
  return isLightningError(error, 'RUNNERS_LOST') && error.details['reason'] === 'max-rollouts';
}
