import fc from 'fast-check';
import { describe, it } from 'vitest';
import { PromptTemplate } from '../resource/prompt-template.ts';
import { ROLLOUT_MODES, ROLLOUT_STATUSES } from '../rollout/rollout.ts';
import { WORKER_STATUSES } from '../rollout/worker.ts';
import type { SpanInput } from '../span/span.ts';
import { InMemoryLightningStore } from '../store/in-memory-lightning-store.ts';
import type { LightningStore } from '../store/lightning-store.ts';
import {
  ATTEMPT_SORT_KINDS,
  RESOURCES_SORT_KINDS,
  ROLLOUT_SORT_KINDS,
  SPAN_SORT_KINDS,
  WORKER_SORT_KINDS,
} from '../store/record-queries.ts';
import type { StoreBackend } from './conformance/store-under-test.ts';
import { findDifference } from './model/difference.ts';
import { span } from './model/history-values.ts';
import { testSeed } from './test-seed.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Texts on which databases and languages like to disagree: case, wildcards, quotes, composed letters, order beyond the basic plane. */
const TEXTS = [
  ...['a', 'A', 'ab', 'a_b', 'a%b', "a'b", 'a"b', 'a\\b', ' ', '0', '10', '9', 'a\u0000b'],
  ...['\u00e9', 'e\u0301', '\ufb00', '\uff5e', '\u{1f600}', '\u00df', 'ss'],
];

/** Ids of rollouts and attempts are URL-safe. */
const IDS = ['ro-1', 'ro-10', 'ro-9', 'RO-1', 'ro_1', 'ro-1.2', 'r', 'zz'];

/** Metadata of rollouts, one text each, as `metadataIn` asks for them. */
const PAIRS = TEXTS.map((value, index) => `${TEXTS[(index * 3) % TEXTS.length]}=${value}`);

type Query =
  | { readonly of: 'rollouts' | 'workers' | 'resources' | 'spans'; readonly query: object }
  | { readonly of: 'attempts'; readonly rolloutId: string; readonly query: object };

const id = fc.constantFrom(...IDS);
const text = fc.constantFrom(...TEXTS, '', 'none');
const page = {
  sortOrder: fc.constantFrom('asc', 'desc'),
  limit: fc.constantFrom(-1, 0, 1, 2, 5),
  offset: fc.constantFrom(0, 0, 1, 3, 50),
};
const filterLogic = fc.constantFrom('and', 'or');

const spanFilter = fc
  .tuple(fc.constantFrom('name', 'traceId', 'spanId', 'parentId'), fc.constantFrom('', 'Contains'), text)
  .map(([field, how, value]) => ({ [`${field}${how}`]: value }));

const anyQuery = fc.oneof(
  fc.record({
    of: fc.constant('rollouts'),
    query: fc.record(
      {
        statusIn: fc.subarray([...ROLLOUT_STATUSES]),
        rolloutIdIn: fc.subarray([...IDS, 'none']),
        rolloutIdContains: fc.constantFrom('', 'r', 'ro-1', 'RO', '_', '%', '.', 'none'),
        modeIn: fc.subarray([...ROLLOUT_MODES]),
        resourcesIdIn: fc.subarray([...IDS, 'none']),
        metadataIn: fc.array(fc.constantFrom(...PAIRS, 'index=10', 'nested=x', 'none', '=', 'a=b=c'), { maxLength: 2 }),
        errorContains: text,
        filterLogic,
        sortBy: fieldOf(ROLLOUT_SORT_KINDS),
        ...page,
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    of: fc.constant('attempts'),
    rolloutId: id,
    query: fc.record({ sortBy: fieldOf(ATTEMPT_SORT_KINDS), ...page }, { requiredKeys: [] }),
  }),
  fc
    .tuple(
      fc.option(spanFilter),
      fc.option(spanFilter),
      fc.record(
        {
          rolloutId: id,
          attemptId: fc.constantFrom('at-1', 'at-2', 'latest', 'none'),
          filterLogic,
          sortBy: fc.option(fieldOf(SPAN_SORT_KINDS)),
          ...page,
        },
        { requiredKeys: ['rolloutId'] },
      ),
    )
    .map(([first, second, rest]) => ({ of: 'spans', query: { ...rest, ...first, ...second } })),
  fc.record({
    of: fc.constant('workers'),
    query: fc.record(
      {
        statusIn: fc.subarray([...WORKER_STATUSES]),
        workerIdContains: text,
        filterLogic,
        sortBy: fieldOf(WORKER_SORT_KINDS),
        ...page,
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    of: fc.constant('resources'),
    query: fc.record(
      { resourcesId: id, resourcesIdContains: text, sortBy: fieldOf(RESOURCES_SORT_KINDS), ...page },
      { requiredKeys: [] },
    ),
  }),
) as fc.Arbitrary<Query>;

/**
 * Random queries over records with awkward texts, nulls and ties: a store has to answer what `InMemoryLightningStore` answers, or to refuse what it
 * refuses. Call it from a test file. The backend's stores must take the clock that they are given.
 */
export function describeStoreQueries(name: string, backend: StoreBackend, options: { readonly queries: number }): void {
  const { queries } = options;
  describe(`${name} answers queries as the store in memory does`, () => {
    it(`any of ${queries} queries`, async () => {
      const seed = testSeed(`the queries of ${name}`);
      const clock = new VirtualClock();
      const model = new InMemoryLightningStore({ clock });
      const opened = await backend.open({ clock });
      try {
        await fill([model, opened.store], clock);
        const property = fc.asyncProperty(anyQuery, async (query) => {
          const difference = findDifference(await answer(opened.store, query), await answer(model, query), 'page');
          if (difference !== undefined) throw new Error(difference);
        });
        await fc.assert(property, { numRuns: queries, seed });
      } finally {
        await opened.store.close();
        await opened.dispose?.();
        await model.close();
      }
    });
  });
}

function fieldOf(sortKinds: object): fc.Arbitrary<string> {
  return fc.constantFrom(...Object.keys(sortKinds), 'none');
}

async function answer(store: LightningStore, { of, query, ...scope }: Query): Promise<object> {
  try {
    const { items, limit, offset, total } = await ask(store, of, query, 'rolloutId' in scope ? scope.rolloutId : '');
    return { items, limit, offset, total };
  } catch (error) {
    return { code: (error as { code?: unknown }).code ?? String(error) };
  }
}

function ask(store: LightningStore, of: Query['of'], query: object, rolloutId: string) {
  switch (of) {
    case 'rollouts':
      return store.queryRollouts(query);
    case 'attempts':
      return store.queryAttempts(rolloutId, query);
    case 'spans':
      return store.querySpans(query as never);
    case 'workers':
      return store.queryWorkers(query);
    case 'resources':
      return store.queryResources(query);
    default:
      throw new TypeError(`Unknown: ${String(of satisfies never)}`);
  }
}

/** Gives all the same records, with the same ids at the same times. */
async function fill(stores: readonly LightningStore[], clock: VirtualClock): Promise<void> {
  for (const [index, rolloutId] of IDS.entries()) {
    clock.advance(index % 3);
    for (const store of stores) await fillRollout(store, rolloutId, index);
  }
  for (const [index, workerId] of TEXTS.filter((worker) => worker.trim() !== '').entries()) {
    clock.advance(index % 2);
    for (const store of stores)
      await store.updateWorker(workerId, index % 2 === 0 ? { heartbeatStats: { index } } : {});
  }
}

async function fillRollout(store: LightningStore, rolloutId: string, index: number): Promise<void> {
  const mode = (['train', 'val', null] as const)[index % 3] ?? null;
  // What has to be told apart from a text under a key of the metadata itself: a number, and a text that is nested in it.
  const metadata =
    index % 2 === 0
      ? { index: 10 - index, ...pairOf(index), nested: { ...pairOf(index + 1), nested: 'x' } }
      : pairOf(index);
  await store.updateResources(rolloutId, { prompt: new PromptTemplate({ template: rolloutId, engine: 'f-string' }) });
  const resourcesId = index % 3 === 0 ? null : rolloutId;
  await store.enqueueRollout({ input: index, rolloutId, mode, metadata, resourcesId, priority: index % 2 });
  for (const attempt of index % 4 === 3 ? [] : [1, 2].slice(0, 1 + (index % 2))) {
    const attemptId = `at-${attempt}`;
    await store.startAttempt(rolloutId, { attemptId, workerId: attempt === 1 ? `w-${index}` : null });
    await store.addManySpans(TEXTS.map((name, key) => spanOf({ rolloutId, attemptId }, name, key)));
  }
  if (index % 4 === 1) {
    const words = { error: TEXTS[index], reason: TEXTS[index + 7], cause: { text: TEXTS[index + 1] } };
    await store.updateAttempt(rolloutId, 'latest', { status: 'failed', metadata: words });
  }
  const status = ROLLOUT_STATUSES[index % ROLLOUT_STATUSES.length];
  if (index % 4 !== 3 && status !== undefined) await store.updateRollout(rolloutId, { status });
}

function pairOf(index: number): Record<string, string> {
  const [key = '', ...value] = (PAIRS[index % PAIRS.length] ?? '').split('=');
  return { [key]: value.join('=') };
}

/** Some have no parent or no end, and several have the same number. */
function spanOf(ids: { rolloutId: string; attemptId: string }, name: string, key: number): SpanInput {
  return {
    ...span(ids, key, key % 7),
    name,
    spanId: `${name}${key % 2}`,
    traceId: TEXTS[(key * 5) % TEXTS.length] ?? '',
    parentId: key % 3 === 0 ? null : (TEXTS[(key * 7) % TEXTS.length] ?? null),
    startTime: key % 4,
    endTime: key % 5 === 0 ? null : key % 4,
  };
}
