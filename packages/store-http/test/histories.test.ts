import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { memory, sqlite } from './backends.ts';
import { overHttp } from './over-http.ts';

describeStoreHistories('LightningStoreClient', overHttp(memory), {
  histories: historiesToPlay(50, 100),
  perStore: 50,
});

describeStoreHistories('LightningStoreClient of a store in a file', overHttp(sqlite), {
  histories: historiesToPlay(50, 100),
  perStore: 50,
});
