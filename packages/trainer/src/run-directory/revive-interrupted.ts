import { type AttemptedRollout, isTerminal, type LightningStore, type Rollout } from '@agentlightning/core';
import { isWorkerGone } from '@agentlightning/execution';

/** Why attempts were ended that say nothing about their task: the reasons of `metadata.reason`. */
const INTERRUPTIONS = new Set<unknown>(['shutdown', 'interrupted', 'runner lost']);

/** Whose rollouts are to be revived. */
export interface InterruptedRun {
  readonly runId: string;
  /** The outcomes of its evaluations that have ended: nothing is worked on again for them, whatever it came to. */
  readonly verdicts: Iterable<string>;
}

/**
 * Queues again what was under way when a run was killed or stopped, whatever may be retried: nobody works on it any more, and that says nothing about the
 * task. What workers of other machines are at is left to them.
 *
 * @returns how many rollouts
 */
export async function reviveInterrupted(store: LightningStore, { runId, verdicts }: InterruptedRun): Promise<number> {
  const { items } = await store.queryRollouts({ statusIn: ['preparing', 'running', 'failed'] });
  const ofRun = items.filter(wasInterrupted).filter(({ metadata }) => metadata?.['run_id'] === runId);
  const frozen = ofRun.length === 0 ? [] : [...verdicts];
  const interrupted = ofRun.filter(({ rolloutId }) => !frozen.some((verdict) => verdict.includes(`"${rolloutId}"`)));
  for (const { rolloutId, status, attempt } of interrupted) {
    if (!isTerminal(status)) {
      await store.updateAttempt(rolloutId, attempt.attemptId, {
        status: 'unresponsive',
        metadata: { ...attempt.metadata, reason: 'interrupted' },
      });
    }
    await store.updateRollout(rolloutId, { status: 'requeuing' });
  }
  return interrupted.length;
}

function wasInterrupted(rollout: Rollout | AttemptedRollout): rollout is AttemptedRollout {
  if (!('attempt' in rollout)) return false;
  const { status, workerId, metadata } = rollout.attempt;
  if (rollout.status === 'failed') return status === 'unresponsive' && INTERRUPTIONS.has(metadata?.['reason']);
  return workerId !== null && isWorkerGone(workerId);
}
