// A program of its own: a store with as many rollouts as its arguments say, of which it measures one operation after the other.
import type { AttemptedRollout, LightningStore } from '@agentlightning/core';
import { benchSpan } from './bench-span.ts';
import { openBenchStore } from './bench-store.ts';
import { answerQuestions } from './forked.ts';
import { ANYWHERE, type GrowthAnswer, type GrowthQuestion } from './growth-questions.ts';

/** Rollouts that are added at a time. */
const BATCH = 1_000;
/** What is live in the store beside what has ended, however much that is. */
const WAITING = 100;
const RUNNING = 100;
const PAGE = 20;
/** How long one measurement takes at least, in milliseconds of processor time. */
const MEASURED_MS = 40;
const WORKER = 'growth';

/** So many rollouts are asked for again and again, from all over the store. */
const ASKED = 100;

/** Groups of operations that add rollouts, and how many a measurement adds at most: the store is to stay as large as it is. */
const GROWING = ['queue', 'wait'];
const MAX_GROWING_CALLS = 200;
/** Rollouts of a store that only serves to have all code compiled, the same in every process. */
const WARM_UP = 20_000;

type Operation = (turn: number) => Promise<unknown>;

const [, , kind = 'memory', size = '1000'] = process.argv;
const warmUp = await openBenchStore(kind);
await fill(warmUp.store, WARM_UP);
await warmUp.close();
const { store, close } = await openBenchStore(kind);
const ended = await fill(store, Number(size));
let turns = 0;
/** As many in every store, so that all find them in the processor's caches, or none: what memory costs that is far away is no growth of ours. */
const asked = Array.from({ length: ASKED }, (_, index) => ended[Math.floor((index * ended.length) / ASKED)]!);
const groups = operationsOf(store);

answerQuestions<GrowthQuestion, GrowthAnswer>(async (question) => {
  if (question.type === 'operations') {
    return { groups: Object.entries(groups).map(([name, group]) => ({ name, operations: Object.keys(group) })) };
  }
  const [name, group] = Object.entries(groups).find(([, operations]) => question.operation in operations)!;
  const maxCalls = GROWING.includes(name) ? MAX_GROWING_CALLS : Number.POSITIVE_INFINITY;
  return { microseconds: await measure(group[question.operation]!, maxCalls) };
}, close);

function operationsOf(store: LightningStore): Record<string, Record<string, Operation>> {
  const page = { limit: PAGE };
  return {
    point: {
      getRolloutById: (turn) => store.getRolloutById(someEnded(turn)),
      [ANYWHERE]: (turn) => store.getRolloutById(anyEnded(turn)),
      getLatestAttempt: (turn) => store.getLatestAttempt(someEnded(turn)),
      queryAttempts: (turn) => store.queryAttempts(someEnded(turn)),
      querySpans: (turn) => store.querySpans({ rolloutId: someEnded(turn) }),
      queryByIds: (turn) => store.queryRollouts({ rolloutIdIn: someOf(turn) }),
      updateRollout: (turn) => store.updateRollout(someEnded(turn), { metadata: { turn } }),
      updateWorker: () => store.updateWorker(WORKER),
      statistics: () => store.statistics(),
    },
    'first page': {
      all: () => store.queryRollouts(page),
      succeeded: () => store.queryRollouts({ ...page, statusIn: ['succeeded'] }),
      queued: () => store.queryRollouts({ ...page, statusIn: ['queuing', 'requeuing'] }),
      'newest first': () => store.queryRollouts({ ...page, sortBy: 'startTime', sortOrder: 'desc' }),
      workers: () => store.queryWorkers(page),
      resources: () => store.queryResources(page),
    },
    queue: {
      'enqueue, claim, span, report': async () => {
        await store.enqueueRollout({ input: 'task' });
        const [claimed] = await store.dequeueManyRollouts({ limit: 1, workerId: WORKER });
        await finish(store, claimed!);
      },
    },
    wait: {
      'for what has ended': (turn) => store.waitForRollouts({ rolloutIds: someOf(turn) }),
      'for what ends': async () => {
        await store.enqueueRollout({ input: 'task' });
        const [claimed] = await store.dequeueManyRollouts({ limit: 1, workerId: WORKER });
        const waiting = store.waitForRollouts({ rolloutIds: [claimed!.rolloutId] });
        await finish(store, claimed!);
        await waiting;
      },
    },
  };
}

/** @returns the ids of what has ended */
async function fill(store: LightningStore, count: number): Promise<string[]> {
  const ended: string[] = [];
  for (let added = 0; added < count; added += BATCH) {
    await store.enqueueManyRollouts(Array.from({ length: BATCH }, (_, index) => ({ input: { task: added + index } })));
    const claimed = await store.dequeueManyRollouts({ limit: BATCH, workerId: WORKER });
    // All but a few of the last have ended.
    const live = added + BATCH >= count ? RUNNING : 0;
    await Promise.all(claimed.slice(live).map((rollout) => finish(store, rollout)));
    await Promise.all(claimed.slice(0, live).map((rollout) => say(store, rollout)));
    for (const { rolloutId } of claimed.slice(live)) ended.push(rolloutId);
  }
  await store.enqueueManyRollouts(Array.from({ length: WAITING }, () => ({ input: 'waiting', priority: -1 })));
  return ended;
}

async function finish(store: LightningStore, rollout: AttemptedRollout): Promise<void> {
  const { rolloutId, attempt } = rollout;
  await store.updateAttempt(
    rolloutId,
    attempt.attemptId,
    { status: 'succeeded' },
    { spans: [benchSpan({ of: rollout, number: 0 })] },
  );
}

async function say(store: LightningStore, rollout: AttemptedRollout): Promise<void> {
  await store.addManySpans([benchSpan({ of: rollout, number: 0 })]);
}

function someEnded(turn: number): string {
  return asked[(turn * 7919) % ASKED]!;
}

/** Hardly the same one twice. */
function anyEnded(turn: number): string {
  return ended[(turn * 7919) % ended.length]!;
}

function someOf(turn: number): string[] {
  return Array.from({ length: 8 }, (_, index) => someEnded(8 * turn + index));
}

/** @returns microseconds of processor time for a call */
async function measure(operation: Operation, maxCalls: number): Promise<number> {
  const began = process.cpuUsage();
  let calls = 0;
  for (let batch = 16; ; batch *= 2) {
    for (const end = Math.min(calls + batch, maxCalls); calls < end; calls += 1) await operation(++turns);
    const { user, system } = process.cpuUsage(began);
    if (user + system >= MEASURED_MS * 1000 || calls === maxCalls) return (user + system) / calls;
  }
}
