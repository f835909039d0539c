import {
  type Attempt,
  type AttemptedRollout,
  type AttemptPatch,
  type LightningStore,
  type Logger,
  type Rollout,
  rolloutStatusAfter,
  UNDELIVERED_KEY,
} from '@agentlightning/core';
import { settlesWithin } from '../deadline.ts';
import type { AttemptInFlight } from './attempts-in-flight.ts';
import { REPORT_MS } from './runners.ts';

/** How often a task may end the thread or process that works on it. Then it has failed, whatever may be retried. */
const MAX_STRIKES = 3;

/** How often somebody else may kill the process that works on a task before that costs the task an attempt, as a runner that falls silent does. */
const FREE_KILLS = 2;

/** Why attempts have nobody to finish them; stored as `metadata.reason` of each. */
type LossReason =
  /** They ended the thread or process that executed them, or were alone in it when it died. */
  | 'runner lost'
  /** Somebody else killed the process that executed them. */
  | 'runner killed'
  /** They were under way in a thread that died and were not to blame: given back. */
  | 'given back'
  /** They kept their thread from going on past their time limit. */
  | 'timeout'
  /** The run ended before they did. */
  | 'interrupted';

/** A thread or process that is gone, and what is known of how it came to that. */
export interface RunnerLoss {
  /** Under which the store knows it. No living worker has the id. */
  readonly workerId: string;
  /** In words; stored as `metadata.cause`. */
  readonly cause: string;
  /** `undefined`: nobody is known to be to blame. */
  readonly culprit: AttemptInFlight | undefined;
  /** Whether the time of the culprit was up. */
  readonly isOverdue: boolean;
  /** Whether somebody else ended it, so that the culprit is no more than a suspect. */
  readonly isFromOutside: boolean;
}

/**
 * Reports what a thread or process that is gone had in flight, so that nobody waits for it for ever. The one that is to blame is `timeout` if its time was up,
 * and otherwise `unresponsive`, which costs it an attempt, or `failed` if it was its last, or the third time that it ended its runner. All others
 * are given back: they cost nothing. So is one whose process somebody else killed, twice; it never is `failed`. Reporting twice does no harm.
 *
 * @returns how many attempts were given back
 */
export async function reportLoss(store: LightningStore, loss: RunnerLoss): Promise<number> {
  const { culprit } = loss;
  const lost = await openAttemptsOf(store, new Set([loss.workerId]));
  const blamed = lost.find(({ attempt }) => attempt.attemptId === culprit?.attemptId);
  if (blamed !== undefined) await blame(store, blamed, loss);
  else if (culprit !== undefined) await explain(store, culprit, loss);
  const others = lost.filter((rollout) => rollout !== blamed);
  for (const { rolloutId, attempt } of others) {
    await store.updateAttempt(rolloutId, attempt.attemptId, {
      status: 'unresponsive',
      givenBack: true,
      metadata: because(attempt, 'given back', loss.cause),
    });
  }
  return others.length;
}

/**
 * Reports what workers had in flight when the run ended. The end of a run waits for it for a second and no longer: the store may be gone already.
 */
export async function reportInterrupted(
  store: LightningStore,
  workerIds: ReadonlySet<string>,
  logger: Logger,
): Promise<void> {
  const reporting = interrupt(store, workerIds).catch((error: unknown) => {
    logger.warn({ err: error }, 'Interrupted attempts could not be reported');
  });
  await settlesWithin(reporting, REPORT_MS);
}

async function interrupt(store: LightningStore, workerIds: ReadonlySet<string>): Promise<void> {
  for (const { rolloutId, attempt } of await openAttemptsOf(store, workerIds)) {
    await store.updateAttempt(rolloutId, attempt.attemptId, {
      status: 'unresponsive',
      metadata: because(attempt, 'interrupted'),
    });
  }
}

async function blame(store: LightningStore, rollout: AttemptedRollout, loss: RunnerLoss): Promise<void> {
  const { rolloutId, attempt } = rollout;
  const strikes = 1 + (await earlierStrikes(store, rollout, lossReason(loss)));
  await store.updateAttempt(rolloutId, attempt.attemptId, verdict(rollout, strikes, loss));
}

/** What becomes of the attempt that is to blame. */
function verdict({ attempt, config }: AttemptedRollout, strikes: number, loss: RunnerLoss): AttemptPatch {
  if (loss.isOverdue) return { status: 'timeout', metadata: because(attempt, 'timeout', loss.cause) };
  const metadata = { ...because(attempt, lossReason(loss), loss.cause), strikes };
  // Nobody knows what it would have come to, however often.
  if (loss.isFromOutside)
    return { status: 'unresponsive', metadata, ...(strikes <= FREE_KILLS && { givenBack: true }) };
  if (strikes >= MAX_STRIKES) return { status: 'failed', metadata };
  // With its last attempt it has failed. `unresponsive` would say that nobody knows what it would have come to.
  const isLast = rolloutStatusAfter({ ...attempt, status: 'unresponsive' }, config) === 'failed';
  return { status: isLast ? 'failed' : 'unresponsive', metadata };
}

function lossReason({ isFromOutside }: RunnerLoss): LossReason {
  return isFromOutside ? 'runner killed' : 'runner lost';
}

async function earlierStrikes(
  store: LightningStore,
  { rolloutId, attempt }: AttemptedRollout,
  reason: LossReason,
): Promise<number> {
  if (attempt.sequenceId === 1) return 0;
  const { items } = await store.queryAttempts(rolloutId);
  return items.filter(({ metadata }) => metadata?.['reason'] === reason).length;
}

/** The store may have ended the attempt by its own deadlines before anybody knew more. */
async function explain(store: LightningStore, culprit: AttemptInFlight, loss: RunnerLoss): Promise<void> {
  const { rolloutId, attemptId } = culprit;
  const { items } = await store.queryAttempts(rolloutId);
  const attempt = items.find((known) => known.attemptId === attemptId);
  if (attempt?.status !== 'timeout' && attempt?.status !== 'unresponsive') return;
  if (attempt.metadata?.['cause'] !== undefined) return;
  const reason = attempt.status === 'timeout' ? 'timeout' : lossReason(loss);
  await store.updateAttempt(rolloutId, attemptId, { metadata: because(attempt, reason, loss.cause) });
}

/** Whether an attempt was given back, lost with its runner or never delivered to one, and did not count, so that its rollout may have one more. */
export function wasGivenBack({ status, metadata }: Pick<Attempt, 'status' | 'metadata'>): boolean {
  if (status !== 'unresponsive') return false;
  if (metadata?.[UNDELIVERED_KEY] === true) return true;
  const reason = metadata?.['reason'] as LossReason | undefined;
  return reason === 'given back' || (reason === 'runner killed' && Number(metadata?.['strikes']) <= FREE_KILLS);
}

function because(attempt: Attempt, reason: LossReason, cause?: string): Readonly<Record<string, unknown>> {
  return { ...attempt.metadata, reason, ...(cause === undefined ? {} : { cause }) };
}

async function openAttemptsOf(store: LightningStore, workerIds: ReadonlySet<string>): Promise<AttemptedRollout[]> {
  const open = await store.queryRollouts({ statusIn: ['preparing', 'running'] });
  return open.items.filter((rollout) => isAttemptOf(rollout, workerIds));
}

function isAttemptOf(rollout: Rollout | AttemptedRollout, workerIds: ReadonlySet<string>): rollout is AttemptedRollout {
  if (!('attempt' in rollout)) return false;
  const { workerId, status } = rollout.attempt;
  return workerId !== null && workerIds.has(workerId) && (status === 'preparing' || status === 'running');
}
