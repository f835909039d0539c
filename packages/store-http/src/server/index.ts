// What a process that only serves a store needs: it does not load the client.
export { FEATURES_HEADER, PROCESS_HEADER } from '../features.ts';
export type {
  Dashboard,
  DashboardEvent,
  DashboardEventsOptions,
  DashboardFile,
  DashboardRun,
} from './dashboard/dashboard.ts';
export { type DrainOptions, LightningStoreServer } from './lightning-store-server.ts';
export { isLoopback } from './own-hosts.ts';
export type { LightningStoreServerOptions, ServerLimits } from './server-options.ts';
