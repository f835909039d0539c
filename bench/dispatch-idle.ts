import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { algorithm, ClientServerExecutionStrategy, type LightningStore, Trainer } from 'agentlightning';
import Fastify from 'fastify';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { clockMs } from './clock.ts';
import { flushMs } from './flush-time.ts';
import { percentile } from './percentile.ts';
import { START_ATTRIBUTE, startTimeAgent } from './start-time-agent.ts';

/** A store in a file may take a millisecond longer, for what it writes to the disk before anybody hears of it. */
const STORES = [
  { kind: 'memory', setting: 'store in memory', allowanceMs: 0 },
  { kind: 'sqlite', setting: 'store in a file, less 1 ms', allowanceMs: 1 },
] as const;
const RUNNERS = 8;
const ROUNDS = 9;
/** Pairs of a rollout and a bare POST in each round. */
const PAIRS = 100;
const WARM_UP_PAIRS = 200;
/** Before each of them everything is left alone for this long at least, and for twice as long at most: runners are parked again by then. */
const PAUSE_MS = 8;

/**
 * How long a rollout waits for an idle runner: from the call that enqueues it until the agent's first line runs, in a worker thread that waits for
 * work over HTTP. In turn with it a bare POST over loopback is made, likewise from a thread to this one.
 */
export const dispatchIdle: Bench = {
  name: 'dispatch-idle',
  claim: 'An idle runner, waiting for work over HTTP in a worker thread, starts at once',
  measure: 'median of enqueue → first line of the agent ÷ median of a bare POST',
  wanted: 'at most',
  async *run() {
    for (const { kind, setting, allowanceMs } of STORES) {
      const jitter = await jitterContext();
      const { store, close } = await openBenchStore(kind);
      try {
        const rounds = await withBarePost((postMs) => measureDispatch(store, postMs));
        const ratios = rounds.map(
          ({ dispatchMs, postMs }) => (percentile(dispatchMs, 0.5) - allowanceMs) / percentile(postMs, 0.5),
        );
        const dispatchMs = rounds.flatMap((one) => one.dispatchMs);
        const postMs = rounds.flatMap((one) => one.postMs);
        yield toLine({ bench: this.name, gate: 8, goal: 3 }, ratios, {
          setting,
          runners: RUNNERS,
          pairs: dispatchMs.length,
          dispatchMs: spread(dispatchMs),
          postMs: spread(postMs),
          ...(kind === 'sqlite' ? { flushMs: await flushMs() } : {}),
          ...jitter,
        });
      } finally {
        await close();
      }
    }
  },
};

interface Round {
  readonly dispatchMs: readonly number[];
  readonly postMs: readonly number[];
}

async function measureDispatch(store: LightningStore, postMs: () => Promise<number>): Promise<readonly Round[]> {
  // It drives the store itself, so as to enqueue one rollout at a time at moments of its choice.
  const enqueueNowAndThen = algorithm(
    async () => {
      const dispatchMs = async (): Promise<number> => {
        const enqueued = clockMs();
        const { rolloutId } = await store.enqueueRollout({ input: null });
        await store.waitForRollouts({ rolloutIds: [rolloutId] });
        const { items } = await store.querySpans({ rolloutId });
        const started = items
          .map((span) => span.attributes[START_ATTRIBUTE])
          .find((value) => typeof value === 'number');
        return (started as number) - enqueued;
      };
      const measureRound = async (pairs: number) => {
        const round = { dispatchMs: [] as number[], postMs: [] as number[] };
        for (let pair = 0; pair < pairs; pair += 1) {
          await pause(2 * pair);
          round.dispatchMs.push(await dispatchMs());
          await pause(2 * pair + 1);
          round.postMs.push(await postMs());
        }
        return round;
      };
      await measureRound(WARM_UP_PAIRS);
      const rounds: { dispatchMs: number[]; postMs: number[] }[] = [];
      for (let index = 0; index < ROUNDS; index += 1) rounds.push(await measureRound(PAIRS));
      return rounds;
    },
    { durable: false, requires: { trainDataset: false } },
  );
  const trainer = new Trainer({
    algorithm: enqueueNowAndThen,
    nRunners: RUNNERS,
    store,
    strategy: new ClientServerExecutionStrategy(),
    handleSignals: false,
  });
  const { result } = await trainer.fit(startTimeAgent);
  return result!;
}

/** With a Fastify server in this thread and a client of it in another. */
async function withBarePost<T>(work: (postMs: () => Promise<number>) => Promise<T>): Promise<T> {
  const app = Fastify();
  app.post('/', async () => ({ ok: true }));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const thread = new Worker(new URL('./bare-post-thread.ts', import.meta.url), { workerData: { url } });
  try {
    return await work(async () => {
      thread.postMessage('post');
      const [tookMs] = await once(thread, 'message');
      return tookMs as number;
    });
  } finally {
    await thread.terminate();
    await app.close();
  }
}

/** Uneven, so that nothing falls into step with it, and the same in every run. */
async function pause(turn: number): Promise<void> {
  const goldenRatio = 0.618034;
  await delay(PAUSE_MS * (1 + ((turn * goldenRatio) % 1)));
}

function spread(values: readonly number[]): Readonly<Record<string, number>> {
  return {
    p50: round(percentile(values, 0.5), 3),
    p90: round(percentile(values, 0.9), 3),
    p99: round(percentile(values, 0.99), 3),
    max: round(Math.max(...values), 3),
  };
}
