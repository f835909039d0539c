import { algorithm, ClientServerExecutionStrategy, Trainer } from 'agentlightning';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { ObedientAgent } from './obedient-agent.ts';

const STORES = ['memory', 'sqlite'] as const;
const ROUNDS = 7;
const IN_FLIGHT = 64;

/** How long a run takes to end from the moment that its agents are aborted, when they obey. */
export const shutdown: Bench = {
  name: 'shutdown',
  claim: 'A run that is stopped ends at once when its agents do: 64 in flight that obey the abort',
  measure: 'seconds from the abort of the agents to the end of `fit()`',
  wanted: 'at most',
  async *run() {
    for (const kind of STORES) {
      const jitter = await jitterContext();
      const seconds: number[] = [];
      for (let index = 0; index < ROUNDS; index += 1) seconds.push(await measureStop(kind));
      yield toLine({ bench: this.name, gate: 1, goal: 0.25 }, seconds, {
        setting: `store in ${kind === 'memory' ? 'memory' : 'a file'}`,
        inFlight: IN_FLIGHT,
        stopMs: seconds.map((each) => round(each * 1000)),
        ...jitter,
      });
    }
  },
};

async function measureStop(kind: string): Promise<number> {
  const { store, close } = await openBenchStore(kind);
  const waiting = new Int32Array(new SharedArrayBuffer(4));
  const stop = new AbortController();
  let aborted = 0;
  const enqueue = algorithm(
    async () => {
      await store.enqueueManyRollouts(Array.from({ length: IN_FLIGHT }, (_, task) => ({ input: { task } })));
      for (let now = 0; now < IN_FLIGHT; now = Atomics.load(waiting, 0)) await Atomics.waitAsync(waiting, 0, now).value;
      aborted = performance.now();
      stop.abort();
    },
    { durable: false, requires: { trainDataset: false } },
  );
  const trainer = new Trainer({
    algorithm: enqueue,
    nRunners: IN_FLIGHT,
    store,
    // Without a drain the first step is over as it begins.
    strategy: new ClientServerExecutionStrategy({ drainMs: 0 }),
    handleSignals: false,
  });
  try {
    await trainer.fit(new ObedientAgent({ memory: waiting.buffer as SharedArrayBuffer }), undefined, {
      signal: stop.signal,
    });
    const seconds = (performance.now() - aborted) / 1000;
    const { items } = await store.queryRollouts({ statusIn: ['preparing', 'running'] });
    if (items.length > 0) throw new Error(`${items.length} of ${IN_FLIGHT} rollouts were left in flight`);
    return seconds;
  } finally {
    await close();
  }
}
