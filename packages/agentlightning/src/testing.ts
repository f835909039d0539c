// For tests of your own algorithms and stores, with vitest.
export {
  describeStoreConformance,
  type OpenedStore,
  type StoreBackend,
  VirtualClock,
} from '@agentlightning/core/testing';
export { type AlgorithmTrial, describeAlgorithmConformance } from '@agentlightning/trainer/testing';
