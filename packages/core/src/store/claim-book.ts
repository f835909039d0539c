import { isAttemptOver } from '../rollout/attempt.ts';
import { claimOfAnother } from './claim-id.ts';
import type { RolloutRow } from './rollout-table.ts';

/** An attempt that was claimed under an id of the caller. */
export interface BookedClaim {
  readonly row: RolloutRow;
  readonly attemptId: string;
}

interface Entry {
  readonly workerId: string | undefined;
  readonly claims: BookedClaim[];
}

/**
 * What was claimed under which claim id, for as long as the attempts themselves are kept. An id that got nothing is not in the book.
 */
export class ClaimBook {
  readonly #entries = new Map<string, Entry>();
  /** Of each worker, what it claimed and may not have received. */
  readonly #unconfirmed = new Map<string, Set<BookedClaim>>();

  /**
   * What was claimed under an id; `undefined` if nothing was.
   * @throws LightningError `CONFLICT` if another worker claimed under it
   */
  find(claimId: string, workerId: string | undefined): readonly BookedClaim[] | undefined {
    const entry = this.#entries.get(claimId);
    if (entry !== undefined && entry.workerId !== workerId) throw claimOfAnother(claimId);
    return entry?.claims;
  }

  /** Notes a claim. */
  add(claimId: string, workerId: string | undefined, claim: BookedClaim): void {
    const known = this.#entries.get(claimId);
    if (known === undefined) this.#entries.set(claimId, { workerId, claims: [claim] });
    else known.claims.push(claim);
    if (workerId === undefined) return;
    const unconfirmed = this.#unconfirmed.get(workerId);
    if (unconfirmed === undefined) this.#unconfirmed.set(workerId, new Set([claim]));
    else unconfirmed.add(claim);
  }

  /** What a worker claimed under ids, and of which nothing has been seen since, in the order of the rollouts. */
  unconfirmedOf(workerId: string): BookedClaim[] {
    const claims = this.#unconfirmed.get(workerId);
    if (claims === undefined) return [];
    for (const claim of claims) if (!mayBePreparing(claim)) claims.delete(claim);
    return [...claims].filter(isPreparing).sort((a, b) => a.row.index - b.row.index);
  }
}

/** Now or later: a report may say that an attempt that runs, or fell silent, is being prepared. */
function mayBePreparing({ row, attemptId }: BookedClaim): boolean {
  return row.latest?.attempt.attemptId === attemptId && !isAttemptOver(row.latest.attempt.status);
}

function isPreparing({ row, attemptId }: BookedClaim): boolean {
  return row.latest?.attempt.attemptId === attemptId && row.latest.attempt.status === 'preparing';
}
