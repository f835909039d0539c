import { describeStoreHistories, historiesToPlay, testSeed } from '@agentlightning/core/testing';
import { memory } from './backends.ts';
import { FAULTS } from './faults.ts';
import { overHttp } from './over-http.ts';

const seed = testSeed('the faults');

// Whatever is lost or repeated on the way, each history comes to the same end as without.
describeStoreHistories(
  'LightningStoreClient behind a faulty proxy',
  overHttp(memory, { faults: { seed, faults: FAULTS } }),
  { histories: historiesToPlay(15, 500), perStore: 5, maxCommands: 40 },
);
