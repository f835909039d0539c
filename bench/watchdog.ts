import type { LightningStore } from '@agentlightning/core';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { percentile } from './percentile.ts';

const STORES = ['memory', 'sqlite'] as const;
const ROUNDS = 3;
const RUNNING = 10_000;
/** Before the first deadline. */
const HEAD_START_SECONDS = 3;
/** Over which deadlines are spread; the other half are all at the end of it. */
const SPREAD_SECONDS = 2;
const ALLOWED_MS = 250;

/** How late a store notices that time is up while nobody asks it for anything. Half of the deadlines are spread, the other half are the same moment. */
export const watchdog: Bench = {
  name: 'watchdog',
  claim:
    'Time limits are enforced on time without traffic: with 10,000 attempts running, half of them due in the same moment',
  measure: '99th percentile of the lateness ÷ 250 ms',
  wanted: 'at most',
  async *run() {
    for (const setting of STORES) {
      const jitter = await jitterContext();
      const rounds: { readonly latenessMs: readonly number[]; readonly cpuMs: number }[] = [];
      for (let index = 0; index < ROUNDS; index += 1) {
        const { store, close } = await openBenchStore(setting);
        try {
          rounds.push(await measureLateness(store));
        } finally {
          await close();
        }
      }
      const p99 = rounds.map(({ latenessMs }) => percentile(latenessMs, 0.99));
      yield toLine(
        { bench: this.name, gate: 1, goal: 0.2 },
        p99.map((ms) => ms / ALLOWED_MS),
        {
          setting,
          running: RUNNING,
          latenessMs: {
            p50: rounds.map(({ latenessMs }) => round(percentile(latenessMs, 0.5), 1)),
            p99: p99.map((ms) => round(ms, 1)),
            max: rounds.map(({ latenessMs }) => round(Math.max(...latenessMs), 1)),
          },
          cpuMs: rounds.map(({ cpuMs }) => round(cpuMs)),
          ...jitter,
        },
      );
    }
  },
};

async function measureLateness(store: LightningStore) {
  const firstDue = Date.now() / 1000 + HEAD_START_SECONDS;
  const due = Array.from({ length: RUNNING }, (_, index) =>
    index % 2 === 0 ? firstDue + (SPREAD_SECONDS * index) / RUNNING : firstDue + SPREAD_SECONDS,
  );
  const requests = due.map((at) => ({
    input: null,
    config: { timeoutSeconds: Math.max(0.001, at - Date.now() / 1000) },
  }));
  const rollouts = await store.enqueueManyRollouts(requests);
  // A limit counts from the start of the attempt.
  const claimed = await store.dequeueManyRollouts({ limit: RUNNING, workerId: 'bench' });
  const dueOf = new Map(
    claimed.map(({ rolloutId, config, attempt }) => [rolloutId, attempt.startTime + (config.timeoutSeconds ?? 0)]),
  );
  const latenessMs: number[] = [];
  const all = Promise.withResolvers<void>();
  const stop = store.onRolloutChange!(({ rolloutId, to }) => {
    if (to !== 'failed') return;
    latenessMs.push(Date.now() - dueOf.get(rolloutId)! * 1000);
    if (latenessMs.length === rollouts.length) all.resolve();
  });
  const began = process.cpuUsage();
  // The store's own timer keeps no process alive.
  const alive = setInterval(() => {}, 60_000);
  await all.promise;
  clearInterval(alive);
  stop();
  const { user, system } = process.cpuUsage(began);
  return { latenessMs, cpuMs: (user + system) / 1000 };
}
