// Server and client
export type { LightningStoreClientOptions } from './client/client-options.ts';
export { LightningStoreClient } from './client/lightning-store-client.ts';
// The wire
export { ERROR_CODE_HEADER, FEATURES, FEATURES_HEADER, type Feature } from './features.ts';
export type { Codec, Operation, OperationInput, OperationReply } from './operation.ts';
export * as operations from './operations.ts';
export type {
  Dashboard,
  DashboardEvent,
  DashboardEventsOptions,
  DashboardFile,
  DashboardRun,
} from './server/dashboard/dashboard.ts';
export { type DrainOptions, LightningStoreServer } from './server/lightning-store-server.ts';
export type { LightningStoreServerOptions, ServerLimits } from './server/server-options.ts';
