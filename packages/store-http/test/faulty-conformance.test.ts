import { describeStoreConformance, testSeed } from '@agentlightning/core/testing';
import { sqlite } from './backends.ts';
import { FAULTS } from './faults.ts';
import { overHttp } from './over-http.ts';

const seed = testSeed('the faults');

// A span that is sent again is there already, a number that is asked for again is another one, and an update that is to count each time does: their tests
// look at the replies.
const spares = (path: string, method: string): boolean =>
  path.startsWith('/v1/agl/spans') || (method === 'POST' && /^\/v1\/agl\/resources\/[^?]+$/.test(path));

describeStoreConformance(
  'LightningStoreClient behind a faulty proxy',
  overHttp(sqlite, { faults: { seed, faults: FAULTS, spares } }),
);
