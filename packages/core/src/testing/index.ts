export type { OpenedStore, StoreBackend } from './conformance/store-under-test.ts';
export { describeStoreConformance } from './store-conformance.ts';
export { describeStoreHistories, historiesToPlay } from './store-histories.ts';
export { VirtualClock } from './virtual-clock.ts';
