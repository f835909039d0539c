import {
  algorithm,
  ClientServerExecutionStrategy,
  InMemoryLightningStore,
  type LightningStore,
  LightningStoreServer,
  Trainer,
} from 'agentlightning';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import type { RunnerQuestion } from './crash-recovery-process.ts';
import { startForked } from './forked.ts';
import { waitingAgent } from './waiting-agent.ts';

const ROUNDS = 3;
const IN_FLIGHT = 16;
/** After how much silence a runner is given up: the configured time. */
const UNRESPONSIVE_SECONDS = 3;
/** A sixth of it, as by default. */
const HEARTBEAT_MS = 500;

/** Each measures one crash, in milliseconds. */
const SETTINGS = {
  'another machine': killRemoteRunner,
  "isolation 'process'": killRunnerProcesses,
} as const;

/**
 * From SIGKILL to the moment that the last of 16 rollouts is queued again. A runner process on another machine is missed by nobody but the store, when it has been
 * silent for `unresponsiveSeconds`; it is killed right after a heartbeat, which is the worst moment. Processes of isolation 'process' have a parent that knows at once.
 */
export const crashRecovery: Bench = {
  name: 'crash-recovery',
  claim:
    'A runner process that is killed with 16 rollouts in flight delays them by no more than the silence that is allowed',
  measure: 'SIGKILL → last rollout queued again ÷ `unresponsiveSeconds`',
  wanted: 'at most',
  async *run() {
    for (const [setting, measure] of Object.entries(SETTINGS)) {
      const jitter = await jitterContext();
      const tookMs: number[] = [];
      for (let index = 0; index < ROUNDS; index += 1) tookMs.push(await measure());
      yield toLine(
        { bench: this.name, gate: 1.25, goal: 1.1 },
        tookMs.map((ms) => ms / (UNRESPONSIVE_SECONDS * 1000)),
        {
          setting,
          inFlight: IN_FLIGHT,
          unresponsiveSeconds: UNRESPONSIVE_SECONDS,
          tookMs: tookMs.map((ms) => round(ms)),
          ...jitter,
        },
      );
    }
  },
};

async function enqueue(store: LightningStore): Promise<readonly string[]> {
  const config = {
    unresponsiveSeconds: UNRESPONSIVE_SECONDS,
    maxAttempts: 2,
    retryCondition: ['unresponsive' as const],
  };
  const requests = Array.from({ length: IN_FLIGHT }, (_, task) => ({ input: { task }, config }));
  return (await store.enqueueManyRollouts(requests)).map(({ rolloutId }) => rolloutId);
}

/** Which processes work on the rollouts, once all of them are at work. */
async function pidsAtWork(store: LightningStore, rolloutIds: readonly string[]): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  for (const rolloutId of rolloutIds) {
    for (let pid: number | undefined; pid === undefined; await pause(5)) {
      const { items } = await store.querySpans({ rolloutId });
      pid = items.flatMap(({ attributes }) => Object.values(attributes).map(Number)).find((value) => value > 1);
      if (pid !== undefined) pids.add(pid);
    }
  }
  return pids;
}

/** @returns milliseconds until all are queued again */
async function requeued(store: LightningStore, kill: () => void): Promise<number> {
  const back = new Set<string>();
  const all = Promise.withResolvers<void>();
  const stop = store.onRolloutChange!(({ rolloutId, to }) => {
    if (to === 'requeuing' && back.add(rolloutId).size === IN_FLIGHT) all.resolve();
  });
  const began = performance.now();
  kill();
  await all.promise;
  stop();
  return performance.now() - began;
}

async function killRemoteRunner(): Promise<number> {
  const store = new InMemoryLightningStore();
  const token = 'of-the-benchmark';
  const server = await LightningStoreServer.start(store, { token });
  const runner = startForked<RunnerQuestion, 'runs'>(new URL('./crash-recovery-process.ts', import.meta.url));
  try {
    const rolloutIds = await enqueue(store);
    await runner.ask({ url: server.url, token, slots: IN_FLIGHT, heartbeatIntervalMs: HEARTBEAT_MS });
    const [pid] = await pidsAtWork(store, rolloutIds);
    await nextHeartbeat(store, rolloutIds.at(-1)!);
    return await requeued(store, () => process.kill(pid!, 'SIGKILL'));
  } finally {
    await runner.end();
    await server.close();
    await store.close();
  }
}

async function nextHeartbeat(store: LightningStore, rolloutId: string): Promise<void> {
  const heard = async (): Promise<number> => (await store.getLatestAttempt(rolloutId))?.lastHeartbeatTime ?? 0;
  const before = await heard();
  while ((await heard()) === before) await pause(1);
}

async function killRunnerProcesses(): Promise<number> {
  const store = new InMemoryLightningStore();
  let tookMs = Number.NaN;
  const drive = algorithm(
    async () => {
      const pids = await pidsAtWork(store, await enqueue(store));
      tookMs = await requeued(store, () => {
        for (const pid of pids) process.kill(pid, 'SIGKILL');
      });
    },
    { durable: false, requires: { trainDataset: false } },
  );
  const strategy = new ClientServerExecutionStrategy({ isolation: 'process', drainMs: 0 });
  await new Trainer({ algorithm: drive, nRunners: IN_FLIGHT, store, strategy, handleSignals: false }).fit(waitingAgent);
  await store.close();
  return tookMs;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
