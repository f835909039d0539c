export type { OpenedStore, StoreBackend } from './conformance/store-under-test.ts';
export { checkInvariants } from './evidence/check-invariants.ts';
export { workOf } from './evidence/check-work.ts';
export type {
  Evidence,
  Holdings,
  Life,
  SeenRun,
  SeenScore,
  SeenVerdict,
  UndisturbedRun,
} from './evidence/evidence.ts';
export { type LedgerEntry, parseLedger } from './evidence/ledger-entry.ts';
export { lookAtStore, type SeenRollout, type StoreSighting } from './evidence/store-sighting.ts';
export type { Invariant, Violation } from './evidence/violation.ts';
export { FaultyProxy, type FaultyProxyOptions, type ProxyFault } from './faulty-proxy.ts';
export { freePort } from './free-port.ts';
export { describeStoreConformance } from './store-conformance.ts';
export { describeStoreHistories, historiesToPlay } from './store-histories.ts';
export { describeStoreQueries } from './store-queries.ts';
export { testSeed } from './test-seed.ts';
export { VirtualClock } from './virtual-clock.ts';
