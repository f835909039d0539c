/**
 * Stores that are broken on purpose, each in one of the ways in which upstream's store (v0.3.0) loses, repeats or misreports work. The tests of
 * stores have to notice every one of them. U8 is an algorithm's mistake upstream; here a store makes it.
 */
import { LightningError } from '../../errors/lightning-error.ts';
import { isAttemptOver } from '../../rollout/attempt.ts';
import { type AttemptedRollout, isTerminal, type Rollout } from '../../rollout/rollout.ts';
import type { SpanInput } from '../../span/span.ts';
import type { Clock } from '../../time/clock.ts';
import { InMemoryLightningStore } from '../in-memory-lightning-store.ts';
import type { DequeueManyOptions, LightningStore } from '../lightning-store.ts';
import type { ResourcesUpdate } from '../resources-update.ts';

/** A store that is broken, and how. */
export interface StoreMutant {
  /** The failure mode of upstream's that it has, `+` for one of our own. */
  readonly mode: string;
  readonly what: string;
  readonly open: (clock: Clock) => LightningStore;
}

/** Every mutant that random histories can notice. */
export const STORE_MUTANTS: readonly StoreMutant[] = [
  {
    mode: 'U1',
    what: 'a late span makes a rollout that waits for its retry running, so that the retry is lost',
    open: mutant((store) => ({
      addSpan: async (span) => {
        const [stored] = await addAndLift(store, [span]);
        return stored;
      },
      addManySpans: (spans) => addAndLift(store, spans),
    })),
  },
  {
    mode: 'U2',
    what: 'a failure that is reported after the success queues the rollout again',
    open: mutant((store) => ({
      updateAttempt: async (rolloutId, attemptId, patch, options) => {
        const before = await latestOf(store, rolloutId, attemptId);
        const report = await store.updateAttempt(rolloutId, attemptId, patch, options);
        const isOver = before?.status === 'succeeded' && patch.status === 'failed';
        const { maxAttempts = 0, retryCondition } = before?.config ?? {};
        const isLeft = (before?.attempt.sequenceId ?? 0) < maxAttempts;
        if (isOver && isLeft && retryCondition?.includes('failed')) {
          await store.updateRollout(rolloutId, { status: 'requeuing' });
        }
        return report;
      },
    })),
  },
  {
    mode: 'U3',
    what: 'a cancelled rollout becomes what its runner reports',
    open: mutant((store) => reopens(store, ({ status }) => status === 'cancelled')),
  },
  {
    mode: 'U4',
    what: 'a rollout that has failed by its timeout becomes succeeded by a late report',
    open: mutant((store) =>
      reopens(store, ({ status, attempt }) => status === 'failed' && attempt.status === 'timeout'),
    ),
  },
  {
    mode: 'U5',
    what: 'a claim that ends between the queue and the attempt leaves its rollout queuing, and claimed by nobody ever',
    open: (clock) => {
      const { store, lost, claim } = storeThatHides(clock);
      let claims = 0;
      return mutated(store, {
        dequeueManyRollouts: async (options = {}) => {
          claims += 1;
          if (claims % 3 === 0) {
            const { items } = await store.queryRollouts({ statusIn: ['queuing'] });
            const head = items.find(({ rolloutId }) => !lost.has(rolloutId));
            if (head !== undefined) {
              lost.add(head.rolloutId);
              throw new LightningError('UNAVAILABLE', 'The process has ended');
            }
          }
          return claim(options);
        },
      });
    },
  },
  {
    mode: 'U6',
    what: 'a report that ends between the status and the queue leaves its rollout requeuing, and its retry lost',
    open: (clock) => {
      const { store, lost, claim } = storeThatHides(clock);
      let requeued = 0;
      return mutated(store, {
        dequeueManyRollouts: (options = {}) => claim(options),
        updateAttempt: async (rolloutId, attemptId, patch, options) => {
          const before = await store.getRolloutById(rolloutId);
          const report = await store.updateAttempt(rolloutId, attemptId, patch, options);
          const { status } = (await store.getRolloutById(rolloutId)) as Rollout;
          if (status !== 'requeuing' || before?.status === status) return report;
          requeued += 1;
          if (requeued % 2 === 1) return report;
          lost.add(rolloutId);
          throw new LightningError('UNAVAILABLE', 'The process has ended');
        },
      });
    },
  },
  {
    mode: 'U7',
    what: 'the heartbeat of a worker does not count for the attempts that it names',
    open: mutant((store) => ({
      updateWorker: async (workerId, { heartbeatStats, attempts = [] } = {}) => {
        const worker = await store.updateWorker(workerId, heartbeatStats === undefined ? {} : { heartbeatStats });
        const fencedAttemptIds: string[] = [];
        for (const { rolloutId, attemptId } of attempts) {
          const rollout = await latestOf(store, rolloutId, attemptId);
          const isLive = rollout && !isTerminal(rollout.status) && !isAttemptOver(rollout.attempt.status);
          if (!isLive) fencedAttemptIds.push(attemptId);
        }
        return { ...worker, fencedAttemptIds };
      },
    })),
  },
  {
    mode: 'U8',
    what: 'the spans of an attempt are those of all attempts, rewards of the dead ones included',
    open: mutant((store) => ({ querySpans: (query) => store.querySpans({ rolloutId: query.rolloutId }) })),
  },
  {
    mode: 'U9',
    what: 'the last sign of life is as late as the clock of the client says',
    open: mutant((store) => ({
      addSpan: async (span) => {
        const stored = await store.addSpan(span);
        const { rolloutId, attemptId, endTime } = span;
        if (stored && endTime !== null) await store.updateAttempt(rolloutId, attemptId, { lastHeartbeatTime: endTime });
        return stored;
      },
    })),
  },
  {
    mode: 'U10',
    what: 'a rollout is tried again however many attempts it has had',
    open: mutant((store) => ({
      updateAttempt: async (rolloutId, attemptId, patch, options) => {
        const before = await latestOf(store, rolloutId, attemptId);
        const report = await store.updateAttempt(rolloutId, attemptId, patch, options);
        const retries = before?.config.retryCondition.includes(report.status) && !isTerminal(before.status);
        if (retries && report.outcome === 'applied' && patch.status !== undefined) {
          await store.updateRollout(rolloutId, { status: 'requeuing' });
        }
        return report;
      },
    })),
  },
  {
    mode: 'U11',
    what: 'a snapshot is overwritten in place: its version stays and its content changes',
    open: mutant((store) => {
      const first = (update: ResourcesUpdate | undefined) => update && { ...update, version: 1 };
      return {
        updateResources: async (id, resources) => ({ ...(await store.updateResources(id, resources)), version: 1 }),
        getResourcesById: async (id) => first(await store.getResourcesById(id)),
        getLatestResources: async () => first(await store.getLatestResources()),
      };
    }),
  },
  {
    mode: 'U13',
    what: 'deadlines are noticed only when somebody calls',
    open: (clock) =>
      new InMemoryLightningStore({ clock: { now: () => clock.now(), setTimer: () => ({ cancel: () => {} }) } }),
  },
  {
    mode: 'U14',
    what: 'one span of an unknown rollout keeps out the good ones behind it',
    open: mutant((store) => ({
      addManySpans: async (spans) => {
        const stored = [];
        for (const span of spans) stored.push(...(await store.addManySpans([span])));
        return stored;
      },
    })),
  },
  {
    mode: '+',
    what: 'a claim id is ignored, so that a claim whose reply was lost is another claim',
    open: mutant((store) => ({
      dequeueManyRollouts: (options) => store.dequeueManyRollouts(without(options, 'claimId')),
    })),
  },
  {
    mode: '+',
    what: 'the spans that come along with a report are dropped',
    open: mutant((store) => ({
      updateAttempt: (rolloutId, attemptId, patch) => store.updateAttempt(rolloutId, attemptId, patch),
    })),
  },
  {
    mode: '+',
    what: 'an enqueue that is sent again is another rollout',
    open: mutant((store) => ({
      enqueueRollout: async (request) => {
        const known = request.rolloutId === undefined ? undefined : await store.getRolloutById(request.rolloutId);
        if (known === undefined) return store.enqueueRollout(request);
        return store.enqueueRollout(without(request, 'rolloutId'));
      },
    })),
  },
  {
    mode: '+',
    what: 'the report of a superseded attempt ends the rollout',
    open: mutant((store) => ({
      updateAttempt: async (rolloutId, attemptId, patch, options) => {
        const report = await store.updateAttempt(rolloutId, attemptId, patch, options);
        if (report.outcome === 'superseded' && report.status === 'succeeded') {
          await store.updateRollout(rolloutId, { status: 'succeeded' });
        }
        return report;
      },
    })),
  },
];

/** U12, which takes little memory to show: a rollout whose spans were dropped cannot be read any more. */
export function storeThatThrowsAfterEviction(store: LightningStore): LightningStore {
  return mutated(store, {
    querySpans: async (query) => {
      const page = await store.querySpans(query);
      if (page.evicted) throw new LightningError('INTERNAL', `Spans for rollout ${query.rolloutId} have been evicted`);
      return page;
    },
  });
}

function mutant(overrides: (store: LightningStore) => Partial<LightningStore>): StoreMutant['open'] {
  return (clock) => {
    const store = new InMemoryLightningStore({ clock });
    return mutated(store, overrides(store));
  };
}

/** The store with some methods replaced. */
function mutated(store: LightningStore, overrides: Partial<LightningStore>): LightningStore {
  return new Proxy(store, {
    get(target, key) {
      if (Object.hasOwn(overrides, key)) return overrides[key as keyof LightningStore];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A store whose queue is a thing of its own: what is `lost` has a status that says queued, and no claim finds it. */
function storeThatHides(clock: Clock) {
  const inner = new InMemoryLightningStore({ clock });
  const lost = new Set<string>();
  const claim = async (options: DequeueManyOptions): Promise<AttemptedRollout[]> => {
    const hidden: Rollout[] = [];
    for (const rolloutId of lost) {
      const rollout = await inner.getRolloutById(rolloutId);
      if (rollout?.status !== 'queuing' && rollout?.status !== 'requeuing') continue;
      hidden.push(rollout);
      await inner.updateRollout(rolloutId, { status: 'running' });
    }
    try {
      return await inner.dequeueManyRollouts(options);
    } finally {
      for (const { rolloutId, status } of hidden) await inner.updateRollout(rolloutId, { status });
    }
  };
  // What it does to hide them is nobody's business.
  const store = mutated(inner, { onRolloutChange: undefined as never });
  return { store, lost, claim };
}

/** The rollout with its latest attempt, if that is the one that is meant. */
async function latestOf(
  store: LightningStore,
  rolloutId: string,
  attemptId: string,
): Promise<AttemptedRollout | undefined> {
  const rollout = await store.getRolloutById(rolloutId);
  if (rollout === undefined || !('attempt' in rollout)) return undefined;
  return attemptId === 'latest' || rollout.attempt.attemptId === attemptId ? rollout : undefined;
}

async function addAndLift(store: LightningStore, spans: readonly SpanInput[]) {
  const stored = await store.addManySpans(spans);
  for (const { rolloutId, attemptId } of stored) {
    const rollout = await latestOf(store, rolloutId, attemptId);
    if (rollout?.status === 'requeuing') await store.updateRollout(rolloutId, { status: 'running' });
  }
  return stored;
}

/** Reports of the latest attempt are believed although the rollout has ended. */
function reopens(store: LightningStore, believes: (before: AttemptedRollout) => boolean): Partial<LightningStore> {
  return {
    updateAttempt: async (rolloutId, attemptId, patch, options) => {
      const before = await latestOf(store, rolloutId, attemptId);
      const report = await store.updateAttempt(rolloutId, attemptId, patch, options);
      if (before !== undefined && believes(before) && patch.status === 'succeeded') {
        await store.updateRollout(rolloutId, { status: 'succeeded' });
      }
      return report;
    },
  };
}

function without<T extends object, K extends keyof T>(value: T | undefined, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => name !== key)) as Omit<T, K>;
}
