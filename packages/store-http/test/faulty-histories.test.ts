import { describeStoreHistories, historiesToPlay } from '@agentlightning/core/testing';
import { memory } from './backends.ts';
import { FAULTS, faultSeed } from './faults.ts';
import { overHttp } from './over-http.ts';

const seed = faultSeed();

// Whatever is lost or repeated on the way, each history comes to the same end as without.
describeStoreHistories(
  `LightningStoreClient behind a faulty proxy (seed ${seed})`,
  overHttp(memory, { faults: { seed, faults: FAULTS } }),
  { histories: historiesToPlay(15, 500), perStore: 5, maxCommands: 40 },
);
