import type { Attempt } from '../../rollout/attempt.ts';
import { UNDELIVERED_KEY } from '../../rollout/attempt-reason.ts';
import { isQueued, isTerminal } from '../../rollout/rollout.ts';
import { follows } from '../model/invariants.ts';
import type { Evidence } from './evidence.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { SeenRollout, StoreSighting } from './store-sighting.ts';
import { Findings, repeated, type Violation } from './violation.ts';

/** Why an attempt was taken from its runner, which says nothing about its task: such a rollout may be queued again, whatever its config says. */
const TAKEN_AWAY = new Set<unknown>(['shutdown', 'interrupted', 'runner lost', 'runner killed']);

/** I1, I2, I3, I4, I7, I11: nothing that was to be done is lost or done once too often. */
export function checkWork(evidence: Evidence): Violation[] {
  const findings = new Findings();
  const last = evidence.sightings.at(-1)!;
  for (const sighting of evidence.sightings) checkSighting(findings, sighting);
  for (const [index, sighting] of evidence.sightings.entries()) {
    const next = evidence.sightings[index + 1];
    if (next !== undefined) checkProgress(findings, sighting, next);
  }
  checkLedger(findings, evidence.ledger, last);
  checkConservation(findings, evidence, last);
  for (const { rollout } of last.rollouts) {
    findings.check('I11', isTerminal(rollout.status), `rollout ${rollout.rolloutId} is ${rollout.status} at the end`);
  }
  const { settled } = evidence;
  if (settled !== undefined) {
    const { ms, boundMs } = settled;
    findings.check('I11', ms <= boundMs, `everything was over after ${Math.round(ms)} ms, allowed are ${boundMs}`);
  }
  return findings.violations;
}

/** A rollout as a run knows it again, whatever its id: what it belongs to, and its task. */
export function workOf({ rollouts }: StoreSighting): string[] {
  return rollouts
    .map(({ rollout: { metadata, mode, input } }) => JSON.stringify([metadata?.['evaluation'], mode, input]))
    .toSorted();
}

function checkSighting(findings: Findings, { rollouts, claimed }: StoreSighting): void {
  const twice = repeated(rollouts.map(({ rollout }) => rollout.rolloutId));
  findings.check('I1', twice.length === 0, `rollouts exist twice: ${twice.join(', ')}`);
  for (const seen of rollouts) checkAttempts(findings, seen);
  if (claimed === undefined) return;
  const queued = rollouts.filter(({ rollout }) => isQueued(rollout.status)).map(({ rollout }) => rollout.rolloutId);
  const lost = queued.filter((id) => !claimed.includes(id));
  const wrong = claimed.filter((id) => !queued.includes(id));
  findings.check('I7', lost.length === 0, `rollouts are queued and cannot be claimed: ${lost.join(', ')}`);
  findings.check('I7', wrong.length === 0, `rollouts could be claimed and are not queued: ${wrong.join(', ')}`);
}

function checkAttempts(findings: Findings, { rollout, attempts }: SeenRollout): void {
  const { rolloutId, status, config } = rollout;
  const numbers = attempts.map(({ sequenceId }) => sequenceId);
  const isCounted = numbers.every((number, index) => number === index + 1);
  findings.check('I2', isCounted, `attempts of ${rolloutId} are ${numbers.join(', ')}`);
  const allowed =
    config.maxAttempts + attempts.filter((attempt) => wasTakenAway(attempt) || wasUndelivered(attempt)).length;
  findings.check(
    'I2',
    attempts.length <= allowed,
    `${rolloutId} has ${attempts.length} attempts, allowed are ${allowed}`,
  );
  const latest = attempts.at(-1);
  // A late success of an attempt that was superseded is kept on it, and counts for nothing.
  const isFold =
    follows(rollout, latest?.status) || (status === 'requeuing' && latest !== undefined && wasUndelivered(latest));
  findings.check('I3', isFold, `rollout ${rolloutId} is ${status} after an attempt ${latest?.status}`);
}

function wasTakenAway({ status, metadata }: Attempt): boolean {
  return status === 'unresponsive' && TAKEN_AWAY.has(metadata?.['reason']);
}

/** Its claim never reached whoever asked for it, and was given back: the attempt stays as it is, and its rollout is queued again. */
function wasUndelivered({ status, metadata }: Attempt): boolean {
  return status === 'preparing' && metadata?.[UNDELIVERED_KEY] === true;
}

/** What was there stays there, and what had ended stays as it was. */
function checkProgress(findings: Findings, before: StoreSighting, after: StoreSighting): void {
  const later = new Map(after.rollouts.map((seen) => [seen.rollout.rolloutId, seen]));
  for (const { rollout, attempts } of before.rollouts) {
    const { rolloutId, status } = rollout;
    const now = later.get(rolloutId);
    findings.check('I1', now !== undefined, `rollout ${rolloutId} was there and is gone`);
    const latest = attempts.at(-1);
    const mayComeBack = status === 'failed' && latest !== undefined && wasTakenAway(latest);
    if (now === undefined || !isTerminal(status) || mayComeBack) continue;
    const stays = now.rollout.status === status && now.attempts.at(-1)?.attemptId === latest?.attemptId;
    const became = `${now.rollout.status} in attempt ${now.attempts.length}`;
    findings.check('I4', stays, `rollout ${rolloutId} was ${status} in attempt ${attempts.length} and is ${became}`);
  }
}

function checkLedger(findings: Findings, ledger: readonly LedgerEntry[], last: StoreSighting): void {
  const rollouts = new Map(last.rollouts.map((seen) => [seen.rollout.rolloutId, seen]));
  const begun = keysOf(ledger, 'begun');
  const ended = new Set(keysOf(ledger, 'ended'));
  const twice = repeated(begun);
  findings.check('I2', twice.length === 0, `agents began twice with the same attempt: ${twice.join(', ')}`);
  for (const entry of ledger) {
    const seen = rollouts.get(entry.rolloutId);
    findings.check(
      'I1',
      seen !== undefined,
      `the store does not have rollout ${entry.rolloutId}, which was ${entry.what}`,
    );
    if (seen === undefined) continue;
    if ('attemptId' in entry) {
      const isThere = seen.attempts.some(({ attemptId }) => attemptId === entry.attemptId);
      findings.check('I1', isThere, `the store does not have attempt ${entry.attemptId}, which was ${entry.what}`);
    }
    if (entry.what === 'seen') {
      const { rolloutId, status } = seen.rollout;
      findings.check('I4', status === entry.status, `rollout ${rolloutId} was seen ${entry.status} and is ${status}`);
    }
  }
  const accepted = ledger.filter((entry) => entry.what === 'reported' && entry.outcome === 'applied');
  const acceptedTwice = repeated(
    accepted.filter((entry) => 'status' in entry && entry.status === 'succeeded').map(({ rolloutId }) => rolloutId),
  );
  findings.check('I3', acceptedTwice.length === 0, `two results were accepted for ${acceptedTwice.join(', ')}`);
  if (begun.length === 0) return;
  for (const { rollout, attempts } of last.rollouts) {
    for (const { attemptId, status } of attempts) {
      const isEarned = status !== 'succeeded' || ended.has(`${rollout.rolloutId}/${attemptId}`);
      findings.check('I3', isEarned, `attempt ${attemptId} has succeeded, and its agent never came to an end`);
    }
  }
}

function checkConservation(findings: Findings, { ledger, undisturbed }: Evidence, last: StoreSighting): void {
  const acknowledged = new Set(ledger.filter(({ what }) => what === 'enqueued').map(({ rolloutId }) => rolloutId));
  if (acknowledged.size > 0) {
    const others = last.rollouts.filter(({ rollout }) => !acknowledged.has(rollout.rolloutId));
    const ids = others.map(({ rollout }) => rollout.rolloutId);
    findings.check('I1', others.length === 0, `nobody enqueued ${ids.join(', ')}`);
  }
  if (undisturbed === undefined) return;
  const work = workOf(last);
  const missing = without(undisturbed.work, work);
  const extra = without(work, undisturbed.work);
  findings.check('I1', missing.length === 0, `never worked on: ${missing.join(', ')}`);
  findings.check('I1', extra.length === 0, `worked on, and not by the undisturbed run: ${extra.join(', ')}`);
}

/** What is in the first list and not, or not as often, in the second. */
function without(values: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const value of others) left.set(value, (left.get(value) ?? 0) + 1);
  return values.filter((value) => {
    const count = left.get(value) ?? 0;
    left.set(value, count - 1);
    return count <= 0;
  });
}

function keysOf(ledger: readonly LedgerEntry[], what: 'begun' | 'ended'): string[] {
  return ledger.flatMap((entry) => (entry.what === what ? [`${entry.rolloutId}/${entry.attemptId}`] : []));
}
