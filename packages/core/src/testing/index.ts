export type { OpenedStore, StoreBackend } from './conformance/store-under-test.ts';
export { FaultyProxy, type FaultyProxyOptions, type ProxyFault } from './faulty-proxy.ts';
export { describeStoreConformance } from './store-conformance.ts';
export { describeStoreHistories, historiesToPlay } from './store-histories.ts';
export { describeStoreQueries } from './store-queries.ts';
export { testSeed } from './test-seed.ts';
export { VirtualClock } from './virtual-clock.ts';
