/**
 * Runs that are broken on purpose, each in a way in which upstream (v0.3.0) loses or misreports work, or in which ours would if a part of it were wrong. What
 * is broken is wrapped here: nothing in the product knows of it. Mutants of stores alone are in core, see `STORE_MUTANTS`.
 */
import { writeFileSync } from 'node:fs';
import { isRewardSpan, type LightningStore, type RunRecord, rewardDraft, spanFromDraft } from '@agentlightning/core';
import type { Invariant } from '@agentlightning/core/testing';
import { type Mutant, type MutantScene, writeTorn } from './rehearsal.ts';

/** A mutant, and the invariant that names what is wrong with it. */
export interface RunMutant extends Mutant {
  /** The failure mode of upstream's that it has, `+` for one of our own. */
  readonly mode: string;
  readonly what: string;
  readonly breaks: Invariant;
}

/** Every mutant that the checker must find. */
export const RUN_MUTANTS: readonly RunMutant[] = [
  {
    mode: '+',
    what: 'an enqueue brings a rollout that nobody asked for',
    breaks: 'I1',
    store: (store) => ({
      enqueueManyRollouts: async (requests) => {
        const rollouts = await store.enqueueManyRollouts(requests);
        await store.enqueueRollout({ ...requests[0]!, rolloutId: `${rollouts[0]!.rolloutId}-again` });
        return rollouts;
      },
    }),
  },
  {
    mode: '+',
    what: 'an attempt is handed out twice',
    breaks: 'I2',
    store: (store) => ({
      dequeueManyRollouts: async (options) => {
        const claims = await store.dequeueManyRollouts(options);
        return claims.flatMap((claim) => [claim, claim]);
      },
    }),
  },
  {
    mode: 'U15',
    what: 'an attempt that was cancelled midway is stored as succeeded',
    breaks: 'I3',
    stopsMidway: true,
    store: (store) => ({
      updateAttempt: (rolloutId, attemptId, patch, options) => {
        const { givenBack: _, ...rest } = patch;
        const isCancelled = patch.status === 'unresponsive';
        return store.updateAttempt(
          rolloutId,
          attemptId,
          isCancelled ? { ...rest, status: 'succeeded' } : patch,
          options,
        );
      },
    }),
  },
  {
    mode: 'U2',
    what: 'a rollout that has succeeded is queued again',
    breaks: 'I4',
    store: (store, { life }) => ({
      updateResources: async (...args) => {
        if (life === 1) {
          const { items } = await store.queryRollouts({ statusIn: ['succeeded'], limit: 1 });
          await store.updateRollout(items[0]!.rolloutId, { status: 'requeuing' });
        }
        return store.updateResources(...args);
      },
    }),
  },
  {
    mode: 'U8',
    what: 'the spans of all attempts are read, and the reward of the zombie wins',
    breaks: 'I5',
    hasZombie: true,
    store: (store, scene) => ({
      ...withZombie(store),
      ...(scene.life === undefined ? {} : { querySpans: ({ rolloutId }) => store.querySpans({ rolloutId }) }),
    }),
  },
  {
    mode: '+',
    what: 'a result is counted twice',
    breaks: 'I5',
    store: (store) =>
      withRecords(store, {
        put: (record) => {
          if (record.kind !== 'verdict') return record;
          const [first, ...rest] = JSON.parse(record.value) as object[];
          return { ...record, value: JSON.stringify([first, { ...first, index: 1 }, ...rest.slice(1)]) };
        },
      }),
  },
  {
    mode: '+',
    what: 'a score is another than what agents returned',
    breaks: 'I5',
    store: (store) =>
      withRecords(store, {
        load: (record) =>
          record.kind === 'verdict'
            ? { ...record, value: record.value.replace(/"reward":[\d.]+/, '"reward":1') }
            : record,
      }),
  },
  {
    mode: '+',
    what: 'best_prompt.json is written in place, and somebody reads half of it',
    breaks: 'I6',
    writeBest: writeTorn,
  },
  {
    mode: '+',
    what: 'a worse prompt takes the place of the best',
    breaks: 'I6',
    writeBest: (path, text, read) => {
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(text) as object), best_score: -1 }));
      read();
      writeFileSync(path, text);
    },
  },
  {
    mode: 'U5',
    what: 'a rollout is queued by its status, and no claim finds it',
    breaks: 'I7',
    stopsMidway: true,
    store: (store, { life }) =>
      life !== undefined
        ? {}
        : { dequeueManyRollouts: async (options) => (await store.dequeueManyRollouts(options)).slice(1) },
  },
  {
    mode: '+',
    what: 'rewards are dropped from the spans of an attempt',
    breaks: 'I8',
    store: (store) => ({
      updateAttempt: (rolloutId, attemptId, patch, { spans = [] } = {}) =>
        store.updateAttempt(rolloutId, attemptId, patch, { spans: spans.filter((span) => !isRewardSpan(span)) }),
    }),
  },
  {
    mode: 'U11',
    what: 'prompts are overwritten in place: one id, whose version stays and whose content changes',
    breaks: 'I9',
    store: (store) => ({
      updateResources: async (_id, resources, options) => ({
        ...(await store.updateResources('v0', resources, options)),
        version: 1,
      }),
      enqueueManyRollouts: (requests) =>
        store.enqueueManyRollouts(requests.map((request) => ({ ...request, resourcesId: 'v0' }))),
      queryResources: async (query) => {
        const page = await store.queryResources(query);
        return Object.assign(page, { items: page.items.map((update) => ({ ...update, version: 1 })) });
      },
    }),
  },
  {
    mode: '+',
    what: 'the journal forgets a step',
    breaks: 'I10',
    store: (store) => withRecords(store, { put: (record) => (isStep(record, 'edit') ? undefined : record) }),
  },
  {
    mode: '+',
    what: 'a recorded reply is bought again',
    breaks: 'I10',
    store: (store, { life }) =>
      life === undefined ? {} : withRecords(store, { load: (record) => (isStep(record, 'edit') ? undefined : record) }),
  },
  {
    mode: 'U16',
    what: 'resources cannot be fetched, and the attempt is left preparing',
    breaks: 'I11',
    isEndless: true,
    store: (store, { life }) => {
      if (life !== 1) return {};
      let claims = 0;
      return {
        dequeueManyRollouts: async (options) => {
          const claimed = await store.dequeueManyRollouts(options);
          claims += claimed.length;
          return claims > 2 && claims <= 4 ? claimed.slice(1) : claimed;
        },
      };
    },
  },
  {
    mode: 'U17',
    what: 'a report that failed is swallowed',
    breaks: 'I11',
    isEndless: true,
    store: (store, { life }) => {
      let reports = 0;
      return {
        updateAttempt: async (rolloutId, attemptId, patch, options) => {
          reports += 1;
          if (life !== 1 || reports !== 2) return store.updateAttempt(rolloutId, attemptId, patch, options);
          const attempt = await store.getLatestAttempt(rolloutId);
          return { ...attempt!, status: 'succeeded', outcome: 'applied' };
        },
      };
    },
  },
  {
    mode: '+',
    what: 'the journal answers with other bytes than it was given',
    breaks: 'E',
    store: (store, { life }) =>
      life === undefined
        ? {}
        : withRecords(store, {
            load: (record) =>
              isStep(record, 'note') ? { ...record, value: record.value.replace('noted', 'Noted') } : record,
          }),
  },
];

/** After each success at a second attempt, the first one tells a reward of its own. */
function withZombie(store: LightningStore): Partial<LightningStore> {
  return {
    updateAttempt: async (rolloutId, attemptId, patch, { spans = [] } = {}) => {
      const { items } = await store.queryAttempts(rolloutId);
      const zombie = items[0];
      if (zombie === undefined || zombie.attemptId === attemptId)
        return store.updateAttempt(rolloutId, attemptId, patch, { spans });
      const target = {
        rolloutId,
        attemptId: zombie.attemptId,
        traceId: '0'.repeat(31).concat('1'),
        now: Date.now() / 1000,
      };
      await store.addManySpans(spans);
      await store.addManySpans([spanFromDraft(rewardDraft(0), target)]);
      return store.updateAttempt(rolloutId, attemptId, patch);
    },
  };
}

/** The records of a run, changed on their way. `undefined`: as if there were none. */
function withRecords(
  store: LightningStore,
  { put = same, load = same }: { readonly put?: RecordChange; readonly load?: RecordChange },
): Partial<LightningStore> {
  const records = store.runRecords!;
  const changed = (list: readonly RunRecord[], change: RecordChange): RunRecord[] =>
    list.flatMap((record) => change(record) ?? []);
  return {
    runRecords: {
      load: async (runId) => changed(await records.load(runId), load),
      put: (runId, list) => records.put(runId, changed(list, put)),
    },
  };
}

type RecordChange = (record: RunRecord) => RunRecord | undefined;

function same(record: RunRecord): RunRecord {
  return record;
}

function isStep({ kind, key }: RunRecord, name: string): boolean {
  return kind === 'step' && (JSON.parse(key) as string[]).at(-1) === name;
}

/** What a test needs to break nothing, and have everything happen that mutants have happen. */
export const HEALTHY: readonly (Mutant & { readonly what: string })[] = [
  { what: 'is stopped between two evaluations' },
  { what: 'is stopped while agents are at work', stopsMidway: true },
  { what: 'has a zombie', hasZombie: true, store: (store: LightningStore, _scene: MutantScene) => withZombie(store) },
];
