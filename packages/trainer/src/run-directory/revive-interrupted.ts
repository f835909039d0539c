import {
  type AttemptedRollout,
  ENDPOINT_REASONS,
  endpointReasonOf,
  failpoint,
  isTerminal,
  type LightningStore,
  type Rollout,
} from '@agentlightning/core';
import { isWorkerGone, wasGivenBack } from '@agentlightning/execution';

/** Why attempts were ended that say nothing about their task: the reasons of `metadata.reason`. */
const INTERRUPTIONS = new Set<unknown>(['shutdown', 'interrupted', 'runner lost', 'runner killed']);

/** Those of which it is certain that the task had no part in them. A runner may be lost because of what its agent does. */
const NOT_COUNTED = new Set<unknown>(['shutdown', 'interrupted', ...Object.values(ENDPOINT_REASONS)]);

/** Whose rollouts are to be revived. */
export interface InterruptedRun {
  readonly runId: string;
  /** The outcomes of its evaluations that have ended: nothing is worked on again for them, whatever it came to. Asked for if there is anything to revive. */
  readonly verdicts: () => Iterable<string> | Promise<Iterable<string>>;
  /** How many attempts each rollout has that are not interrupted. */
  readonly maxAttempts: number;
}

/**
 * Queues again what was under way when a run was killed or stopped, whatever may be retried: nobody works on it any more, and that says nothing about the
 * task. So does an attempt that ended because its model could not be used, which may be mended by now. Attempts that were interrupted, or ended so, are not counted against `maxAttempts`, however often the run was: the limit of such a rollout is raised by as
 * many. What workers of other machines are at is left to them.
 *
 * To be done as soon as the store is open: whoever was killed is silent, and when that is noticed first, it counts.
 *
 * May be repeated, also after a kill half way.
 *
 * @returns how many rollouts were queued again
 */
export async function reviveInterrupted(
  store: LightningStore,
  { runId, verdicts, maxAttempts }: InterruptedRun,
): Promise<number> {
  const { items } = await store.queryRollouts({
    statusIn: ['preparing', 'running', 'requeuing', 'failed', 'succeeded'],
  });
  const ofRun = items.filter(wasInterrupted).filter(({ metadata }) => metadata?.['run_id'] === runId);
  const frozen = ofRun.length === 0 ? [] : [...(await verdicts())];
  const interrupted = ofRun.filter(({ rolloutId }) => !frozen.some((verdict) => verdict.includes(`"${rolloutId}"`)));
  let queued = 0;
  for (const rollout of interrupted) {
    const { rolloutId, status, attempt, config } = rollout;
    if (!isOver(rollout)) {
      // In one step: a runner that waits for work has the next attempt at once, and nobody may queue the rollout again then.
      await store.updateAttempt(rolloutId, attempt.attemptId, {
        status: 'unresponsive',
        givenBack: true,
        metadata: { ...attempt.metadata, reason: 'interrupted' },
      });
      queued += 1;
      continue;
    }
    const allowed = maxAttempts + (await countFree(store, rolloutId));
    const raised = { config: { ...config, maxAttempts: allowed } };
    if (status !== 'requeuing') {
      await store.updateRollout(rolloutId, { status: 'requeuing', ...raised });
      queued += 1;
    } else if (config.maxAttempts !== allowed) {
      await store.updateRollout(rolloutId, raised);
    }
  }
  if (queued > 0) failpoint('run.revived');
  return queued;
}

/** Whether its latest attempt has been ended by the end of a process, or of a run, or is about to be. */
function wasInterrupted(rollout: Rollout | AttemptedRollout): rollout is AttemptedRollout {
  if (!('attempt' in rollout)) return false;
  const { status, workerId, metadata } = rollout.attempt;
  // An agent may have made a reward of a refusal.
  if (isOver(rollout) && endpointReasonOf(rollout.attempt) !== undefined) return true;
  if (isOver(rollout))
    return rollout.status !== 'succeeded' && status === 'unresponsive' && INTERRUPTIONS.has(metadata?.['reason']);
  return workerId !== null && isWorkerGone(workerId);
}

/** Whether nobody can be at work on it. */
function isOver({ status }: Rollout): boolean {
  return isTerminal(status) || status === 'requeuing';
}

/** How many attempts a rollout had that cost it none. */
async function countFree(store: LightningStore, rolloutId: string): Promise<number> {
  const { items } = await store.queryAttempts(rolloutId);
  return items.filter((attempt) => NOT_COUNTED.has(attempt.metadata?.['reason']) || wasGivenBack(attempt)).length;
}
