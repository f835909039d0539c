import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { sqliteBackend } from './sqlite-backend.ts';

// Without waiting for the disk: what is compared is what happens, not whether it survives.
describeStoreHistories('SqliteLightningStore', sqliteBackend({ synchronous: 'normal' }), {
  histories: historiesToPlay(400),
  perStore: 50,
});
