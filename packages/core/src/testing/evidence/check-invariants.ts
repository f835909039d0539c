import { checkCost } from './check-cost.ts';
import { checkResults } from './check-results.ts';
import { checkWork } from './check-work.ts';
import type { Evidence } from './evidence.ts';
import type { Violation } from './violation.ts';

/**
 * What must hold of every run and every store, whatever was done to its processes, judged from outside: by what agents and clients noted, by what the model
 * server counted, and by what was seen of the store and of files from time to time.
 *
 * - I1 every acknowledged rollout exists exactly once, and nothing else does
 * - I2 attempts are numbered 1, 2, … and are at most `maxAttempts`, but for those whose runner was taken away
 * - I3 at most one attempt of a rollout counts, its agent has come to its end, and the rollout is what its latest attempt makes of it
 * - I4 what has ended stays as it is
 * - I5 each rollout enters a score once, with what the agent of its winning attempt returned
 * - I6 the best prompt that readers see never gets worse, and never is half a file
 * - I7 what is queued can be claimed, and nothing else can
 * - I8 spans are stored once, in an order, and the reward is among them
 * - I9 the content of a snapshot's version never changes, and all attempts of a rollout, and all rollouts of an evaluation, get the same prompt
 * - I10 a recorded model call is not made again, and no more calls are lost by a kill than were in flight
 * - I11 everything comes to its end, in time
 * - I12 nothing is left behind of what was replaced
 * - E  the run comes to what the undisturbed run came to
 *
 * @returns what does not hold; nothing if all does
 */
export function checkInvariants(evidence: Evidence): Violation[] {
  return [...checkWork(evidence), ...checkResults(evidence), ...checkCost(evidence)];
}
