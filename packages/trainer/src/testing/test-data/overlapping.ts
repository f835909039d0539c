// Has work that fails while the algorithm awaits something else: as a promise of its own, or with fork().
import { algorithm, InMemoryLightningStore, silentLogger, systemClock } from '@agentlightning/core';
import { runAlgorithm } from '../../run-algorithm.ts';

const how = process.argv[2];

const overlapping = algorithm(async (context) => {
  const fail = (): Promise<never> => Promise.reject(new Error('failed first'));
  const work = how === 'fork' ? context.fork('work', fail) : { result: fail() };
  await context.step('other', null, async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 1;
  });
  await work.result;
});

const store = new InMemoryLightningStore();
try {
  await runAlgorithm(
    {
      runId: 'run',
      seed: 0,
      algorithm: overlapping,
      trainDataset: [1],
      valDataset: [],
      testDataset: undefined,
      initialResources: {},
      adapter: undefined,
      rolloutConfig: {},
      maxRollouts: undefined,
    },
    { store, signal: new AbortController().signal, post: () => {} },
    { clock: systemClock, logger: silentLogger },
  );
} catch (error) {
  console.log(`the run rejected: ${(error as Error).message}`);
} finally {
  await store.close();
}
