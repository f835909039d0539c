import type { LightningStore, Logger } from '@agentlightning/core';
import type { ClaimDesk } from './claim-desk.ts';

/** What the routes share. */
export interface ServerContext {
  readonly store: LightningStore;
  readonly claims: ClaimDesk;
  /** Aborted when the server closes: whatever waits for the store ends. The reason is the `LightningError` that callers get. */
  readonly closing: AbortSignal;
  /** Default: silent. */
  readonly logger: Logger;
  /** Body limit of bulk operations. */
  readonly bulkBodyBytes: number;
}
