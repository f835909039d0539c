import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { memory } from './backends.ts';
import { overHttp } from './over-http.ts';

describeStoreHistories('LightningStoreClient', overHttp(memory), {
  histories: historiesToPlay(150, 100),
  perStore: 50,
});
