import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { sqliteBackend } from './sqlite-backend.ts';

// Without waiting for the disk: what is compared is what happens, not whether it survives. The rest, three in ten, is in `long-histories.test.ts`.
describeStoreHistories('SqliteLightningStore', sqliteBackend({ synchronous: 'normal' }), {
  histories: historiesToPlay(150, 10 / 7),
  perStore: 20,
  maxCommands: 30,
});
