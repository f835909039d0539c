import { type LightningStore, LLM, PromptTemplate, type SpanInput } from '@agentlightning/core';
import type { Checks } from '../checks.ts';

const FAILED = 'failed' as const;

/** Every call of the store's contract, against a server that is not ours: `python/client_calls.py` the other way round. */
export async function checkClientCalls(store: LightningStore, checks: Checks): Promise<void> {
  const resourcesId = await resources(store, checks);
  await rollouts(store, checks, resourcesId);
  await workers(store, checks);
  const { totalRollouts, totalSpans } = await store.statistics();
  checks.equal('statistics: rollouts and spans', { totalRollouts, totalSpans }, { totalRollouts: 5, totalSpans: 3 });
}

async function resources(store: LightningStore, checks: Checks): Promise<string> {
  const prompt = new PromptTemplate({ template: 'Say {what}', engine: 'f-string' });
  const llm = new LLM({ endpoint: 'http://127.0.0.1:1/v1', model: 'm', samplingParameters: { temperature: 0.5 } });
  const added = await store.addResources({ prompt, llm });
  checks.equal('addResources: the first version', added.version, 1);
  const found = await store.getResourcesById(added.resourcesId);
  checks.equal('getResourcesById: comes back whole', { ...found?.resources }, { prompt, llm });
  checks.equal('getResourcesById: undefined for an unknown id', await store.getResourcesById('none'), undefined);
  checks.equal('getLatestResources', (await store.getLatestResources())?.resourcesId, added.resourcesId);
  const named = await store.updateResources('prompt-v1', { prompt });
  checks.equal('updateResources: under an id of ours', [named.resourcesId, named.version], ['prompt-v1', 1]);
  const page = await store.queryResources({ resourcesId: 'prompt-v1' });
  checks.equal(
    'queryResources',
    page.items.map((item) => item.resourcesId),
    ['prompt-v1'],
  );
  return added.resourcesId;
}

async function rollouts(store: LightningStore, checks: Checks, resourcesId: string): Promise<void> {
  const input = { task: 'ä', camelCase: 1, snake_case: [1, null, { deep: 0.25 }] };
  const config = { timeoutSeconds: 60, unresponsiveSeconds: null, maxAttempts: 2, retryCondition: [FAILED] };
  const metadata = { by: 'interop', snake_case: true };
  const first = await store.enqueueRollout({ input, mode: 'train', resourcesId, config, metadata });
  checks.equal('enqueueRollout: queuing', first.status, 'queuing');
  checks.equal('enqueueRollout: user data is untouched', [first.input, first.metadata], [input, metadata]);
  checks.equal('enqueueRollout: config', first.config, config);
  const many = await store.enqueueManyRollouts([0, 1, 2].map((n) => ({ input: n, mode: 'val' })));
  const inputs = many.map((rollout) => rollout.input);
  checks.equal('enqueueManyRollouts: in order', inputs, [0, 1, 2]);

  const claimed = (await store.dequeueRollout({ workerId: 'runner-7' }))!;
  checks.equal('dequeueRollout: first in, first out', claimed.rolloutId, first.rolloutId);
  checks.equal('dequeueRollout: attempt', [claimed.status, claimed.attempt.sequenceId], ['preparing', 1]);
  checks.equal('dequeueRollout: worker', claimed.attempt.workerId, 'runner-7');
  const rest = await store.dequeueManyRollouts({ limit: 5, workerId: 'runner-7' });
  const ids = many.map(({ rolloutId }) => rolloutId);
  checks.equal(
    'dequeueManyRollouts: what there is',
    rest.map(({ rolloutId }) => rolloutId),
    ids,
  );
  checks.equal('dequeueRollout: undefined when the queue is empty', await store.dequeueRollout(), undefined);

  await spans(store, checks, { rolloutId: claimed.rolloutId, attemptId: claimed.attempt.attemptId });
  checks.equal('a span makes it running', (await store.getRolloutById(first.rolloutId))?.status, 'running');

  const failed = await store.updateAttempt(first.rolloutId, 'latest', { status: 'failed' });
  checks.equal('updateAttempt: latest', failed.attemptId, claimed.attempt.attemptId);
  const requeued = await store.getRolloutById(first.rolloutId);
  checks.equal('a failure that is to be tried again is requeued', requeued?.status, 'requeuing');
  const second = (await store.dequeueRollout({ workerId: 'runner-8' }))!;
  checks.equal('dequeueRollout: attempt 2', [second.rolloutId, second.attempt.sequenceId], [first.rolloutId, 2]);
  await store.updateAttempt(second.rolloutId, second.attempt.attemptId, { status: 'succeeded' });
  const attempts = await store.queryAttempts(first.rolloutId);
  checks.equal(
    'queryAttempts',
    attempts.items.map(({ status }) => status),
    ['failed', 'succeeded'],
  );
  const latest = await store.getLatestAttempt(first.rolloutId);
  checks.equal('getLatestAttempt', latest?.attemptId, second.attempt.attemptId);

  const waiting = store.waitForRollouts({ rolloutIds: [first.rolloutId, ...ids], timeoutSeconds: 30 });
  for (const { rolloutId, attempt } of rest.slice(0, 2)) {
    await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' });
  }
  const cancelled = await store.updateRollout(ids[2]!, { status: 'cancelled' });
  checks.equal('updateRollout', cancelled.status, 'cancelled');
  checks.equal('waitForRollouts: until all have ended', (await waiting).length, 4);

  const page = await store.queryRollouts({
    statusIn: ['succeeded'],
    sortBy: 'startTime',
    sortOrder: 'desc',
    limit: 2,
  });
  checks.equal('queryRollouts: page', [page.items.length, page.total], [2, 3]);

  const started = await store.startRollout({ input: 'now', mode: 'test', workerId: 'runner-9' });
  checks.equal('startRollout: with an attempt', started.attempt.sequenceId, 1);
  const further = await store.startAttempt(started.rolloutId, { workerId: 'runner-9' });
  checks.equal('startAttempt: the next one', further.attempt.sequenceId, 2);
}

async function spans(
  store: LightningStore,
  checks: Checks,
  of: { rolloutId: string; attemptId: string },
): Promise<void> {
  const { rolloutId, attemptId } = of;
  checks.equal('getNextSpanSequenceId', await store.getNextSpanSequenceId(rolloutId, attemptId), 1);
  checks.equal('getManySpanSequenceIds', await store.getManySpanSequenceIds([of, of]), [2, 3]);
  const sent = [1, 2, 3].map((sequenceId) => spanInput(of, sequenceId));
  const [first, ...more] = sent;
  const stored = await store.addSpan(first!);
  checks.equal('addSpan: attributes come back whole', stored?.attributes, first!.attributes);
  checks.equal('addSpan: undefined the second time', await store.addSpan(first!), undefined);
  checks.equal('addManySpans', (await store.addManySpans(more)).length, 2);
  const found = await store.querySpans({ rolloutId });
  checks.equal(
    'querySpans: in order',
    found.items.map(({ sequenceId, name }) => [sequenceId, name]),
    sent.map(({ sequenceId, name }) => [sequenceId, name]),
  );
  const filtered = await store.querySpans({ rolloutId, attemptId: 'latest', nameContains: '3' });
  checks.equal(
    'querySpans: filter',
    filtered.items.map(({ sequenceId }) => sequenceId),
    [3],
  );
}

function spanInput({ rolloutId, attemptId }: { rolloutId: string; attemptId: string }, sequenceId: number): SpanInput {
  const now = Date.now() / 1000;
  return {
    rolloutId,
    attemptId,
    sequenceId,
    traceId: '1'.repeat(32),
    spanId: String(sequenceId).padStart(16, '0'),
    parentId: null,
    name: `span-${sequenceId}`,
    status: { statusCode: 'OK', description: null },
    attributes: { text: 'grün', number: 0.5, flag: true, list: ['a', 'b'], snake_case: 1 },
    events: [],
    links: [],
    startTime: now,
    endTime: now,
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
  };
}

async function workers(store: LightningStore, checks: Checks): Promise<void> {
  await store.updateWorker('runner-7', { heartbeatStats: { cpu: 0.5 } });
  const one = await store.getWorkerById('runner-7');
  checks.equal('updateWorker, getWorkerById', one?.heartbeatStats, { cpu: 0.5 });
  const known = await store.queryWorkers({ sortBy: 'workerId' });
  checks.equal(
    'queryWorkers',
    known.items.map(({ workerId }) => workerId),
    ['runner-7', 'runner-8', 'runner-9'],
  );
}
