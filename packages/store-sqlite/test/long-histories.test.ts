import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { sqliteBackend } from './sqlite-backend.ts';

// In a file of its own, so that two processors share the work: here one store sees many histories, one after the other, which takes more than twice as long.
describeStoreHistories('SqliteLightningStore, long in use,', sqliteBackend({ synchronous: 'normal' }), {
  histories: historiesToPlay(150, 10 / 3),
  perStore: 1_000,
});
