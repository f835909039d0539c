import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { sqliteBackend } from './sqlite-backend.ts';

// Without waiting for the disk: what is compared is what happens, not whether it survives. The other half is in `long-histories.test.ts`.
describeStoreHistories('SqliteLightningStore', sqliteBackend({ synchronous: 'normal' }), {
  histories: historiesToPlay(300, 2),
  perStore: 20,
  maxCommands: 30,
});
