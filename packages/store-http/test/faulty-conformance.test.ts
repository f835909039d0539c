import { describeStoreConformance } from '@agentlightning/core/testing';
import { sqlite } from './backends.ts';
import { FAULTS, faultSeed } from './faults.ts';
import { overHttp } from './over-http.ts';

const seed = faultSeed();

// A span that is sent again is there already, and a number that is asked for again is another one: their tests look at the replies.
const spares = (path: string): boolean => path.startsWith('/v1/agl/spans');

describeStoreConformance(
  `LightningStoreClient behind a faulty proxy (seed ${seed})`,
  overHttp(sqlite, { faults: { seed, faults: FAULTS, spares } }),
);
