/**
 * What stores are made of besides their tables: waiting, deadlines, news, checks, and the words in which they refuse.
 * For packages that implement `LightningStore`; see also "What other stores are made of" in the package's root.
 */
export { checkClaimId, claimOfAnother } from './claim-id.ts';
export { DeadlineWatch } from './deadline-watch.ts';
export { LeftOutClaims } from './left-out-claims.ts';
export { type ClaimRequest, ParkedClaims } from './parked-claims.ts';
export { copySpans, copySpansOf } from './report-spans.ts';
export { RolloutNews } from './rollout-news.ts';
export { checkChosenId, copyRecord } from './rollout-request.ts';
export { type RolloutWait, RolloutWaiters, waitAborted } from './rollout-waiters.ts';
export {
  checkClaimLimit,
  checkResources,
  storeClosing,
  takenAttemptId,
  takenRolloutId,
  unknownAttempt,
  unknownRollout,
  unknownSpans,
} from './store-failures.ts';
