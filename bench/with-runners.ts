import {
  type Agent,
  algorithm,
  type ClientServerExecutionOptions,
  ClientServerExecutionStrategy,
  type LightningStore,
  Trainer,
} from 'agentlightning';

/** Runners that stand ready, and their store. */
export interface RunnerSetup extends Pick<ClientServerExecutionOptions, 'threads' | 'isolation'> {
  readonly agent: Agent<never>;
  readonly slots: number;
  readonly store: LightningStore;
}

/** Executes so many rollouts. @returns the milliseconds that it took */
export type RunRollouts = (count: number) => Promise<number>;

/**
 * Does `work` while runners in worker threads wait for rollouts, over HTTP, of a store that is in this thread. As in any run with the default strategy,
 * but that rollouts come when `work` wants them.
 */
export async function withRunners<T>(
  { agent, slots, store, threads, isolation }: RunnerSetup,
  work: (runRollouts: RunRollouts) => Promise<T>,
): Promise<T> {
  let answer: T | undefined;
  const drive = algorithm(
    async () => {
      answer = await work(async (count) => {
        const began = performance.now();
        const requests = Array.from({ length: count }, (_, task) => ({ input: { task } }));
        const rollouts = await store.enqueueManyRollouts(requests);
        const ended = await store.waitForRollouts({ rolloutIds: rollouts.map(({ rolloutId }) => rolloutId) });
        const tookMs = performance.now() - began;
        const failed = ended.filter(({ status }) => status !== 'succeeded').length;
        if (failed > 0) throw new Error(`${failed} of ${count} rollouts did not succeed`);
        return tookMs;
      });
    },
    { durable: false, requires: { trainDataset: false } },
  );
  const trainer = new Trainer({
    algorithm: drive,
    nRunners: slots,
    store,
    strategy: new ClientServerExecutionStrategy({
      ...(threads === undefined ? {} : { threads }),
      ...(isolation === undefined ? {} : { isolation }),
    }),
    handleSignals: false,
  });
  await trainer.fit(agent);
  return answer as T;
}
