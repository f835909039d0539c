import { expect, it } from 'vitest';
import type { SpanInput } from '../../span/span.ts';
import { type StoreUnderTest, spanIds, spanOf } from './store-under-test.ts';

/** Spans and their numbers. */
export function describeSpans(subject: StoreUnderTest): void {
  it('a span comes back as it was given', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isRemote: false, traceState: { k: 'v' } };
    const span = spanOf(claimed, {
      sequenceId: 4,
      parentId: 'c'.repeat(16),
      attributes: { 'agentlightning.reward.0.value': 0.75, snake_key: [1, 2], camelKey: ['a'], flag: true },
      events: [{ name: 'e', attributes: { k: 1 }, timestamp: 3.5 }],
      links: [{ context, attributes: null }],
      context,
      parent: { ...context, isRemote: true },
      resource: { attributes: { 'service.name': 'x' }, schemaUrl: 'https://example.test/schema' },
      startTime: null,
      endTime: null,
    });
    const extended = { ...span, vendorField: { kept: [1] } };
    expect(await store.addSpan(extended)).toEqual(extended);
    expect((await store.querySpans({ rolloutId: claimed.rolloutId })).items).toEqual([extended]);
  });

  // 83
  it('sequence ids count per rollout from 1, whichever attempt asks, known or not', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const { rolloutId, attempt } = claimed;
    expect(await store.getNextSpanSequenceId(rolloutId, attempt.attemptId)).toBe(1);
    expect(await store.getNextSpanSequenceId(rolloutId, 'at-none')).toBe(2);
    expect((await store.addSpan(spanOf(claimed)))?.sequenceId).toBe(3);
    expect(await store.getNextSpanSequenceId(rolloutId, attempt.attemptId)).toBe(4);
    expect(await store.getNextSpanSequenceId('ro-none', 'at-none')).toBe(1);
  });

  // 84
  it('getManySpanSequenceIds() counts in the order of the requests', async () => {
    const requests = ['a', 'b', 'a', 'a'].map((rolloutId) => ({ rolloutId, attemptId: 'at' }));
    expect(await subject.store.getManySpanSequenceIds(requests)).toEqual([1, 1, 2, 3]);
    expect(await subject.store.getManySpanSequenceIds([])).toEqual([]);
  });

  // 90, 99
  it('an explicit sequence id raises the counter, never lowers it', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const next = () => store.getNextSpanSequenceId(claimed.rolloutId, 'at');
    await store.addSpan(spanOf(claimed, { sequenceId: 0 }));
    expect(await next()).toBe(1);
    await store.addSpan(spanOf(claimed, { sequenceId: 100 }));
    expect(await next()).toBe(101);
    await store.addSpan(spanOf(claimed, { sequenceId: 7 }));
    expect(await next()).toBe(102);
  });

  // 97, 98
  it('spans without a number are numbered on arrival, each once', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const spans = await Promise.all(Array.from({ length: 30 }, () => store.addSpan(spanOf(claimed))));
    const numbers = spans.map((span) => span?.sequenceId ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    const batch = await store.addManySpans([spanOf(claimed), spanOf(claimed), spanOf(claimed)]);
    expect(batch.map(({ sequenceId }) => sequenceId)).toEqual([31, 32, 33]);
  });

  // 85
  it('addManySpans() stores spans of several attempts and drops repetitions within the batch', async () => {
    const { store } = subject;
    const a = await subject.claimed();
    const b = await subject.claimed();
    const batch = [spanOf(a), spanOf(b), spanOf(a)];
    const stored = await store.addManySpans([...batch, batch[0] as SpanInput]);
    expect(spanIds(stored)).toEqual(spanIds(batch));
    expect((await store.querySpans({ rolloutId: a.rolloutId })).total).toBe(2);
    expect((await store.querySpans({ rolloutId: b.rolloutId })).total).toBe(1);
    expect(await store.addManySpans([])).toEqual([]);
  });

  it('addManySpans() answers exactly what it stored, wherever the repetition stands', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const [a, b, c] = [spanOf(claimed), spanOf(claimed), spanOf(claimed)] as const;
    await store.addSpan(a);
    expect(spanIds(await store.addManySpans([b, a, c]))).toEqual(spanIds([b, c]));
    expect((await store.querySpans({ rolloutId: claimed.rolloutId })).total).toBe(3);
  });

  it('spans that are handed over are stored as others are, and what a query answers is not what the store keeps', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const { rolloutId, attempt } = claimed;
    const given = ['a', 'b', 'c'].map((name) => spanOf(claimed, { name, attributes: { names: [name] } }));
    const expected = structuredClone(given).map((span, index) => ({ ...span, sequenceId: index + 1 }));
    const [a, b, c] = given as [SpanInput, SpanInput, SpanInput];
    expect(await store.addManySpans([a, b], { handedOver: true })).toEqual(expected.slice(0, 2));
    await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' }, { spans: [c], handedOver: true });
    for (const span of (await store.querySpans({ rolloutId })).items) (span.attributes['names'] as string[]).push('x');
    expect((await store.querySpans({ rolloutId })).items).toEqual(expected);
  });

  it('spans that are not handed over may be changed once they are stored', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const { rolloutId, attempt } = claimed;
    const [a, b] = ['a', 'b'].map((name) => spanOf(claimed, { name, attributes: { names: [name] } })) as [
      SpanInput,
      SpanInput,
    ];
    const [stored] = await store.addManySpans([a]);
    await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' }, { spans: [b] });
    for (const span of [a, b, stored as SpanInput]) (span.attributes['names'] as string[]).push('x');
    expect([a.sequenceId, b.sequenceId]).toEqual([null, null]);
    const { items } = await store.querySpans({ rolloutId });
    expect(items.map(({ attributes }) => attributes['names'])).toEqual([['a'], ['b']]);
  });

  it('a span of an unknown attempt does not keep the others out, and is reported', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const good = [spanOf(claimed), spanOf(claimed)] as const;
    const lost = spanOf(claimed, { rolloutId: 'ro-none' });
    const stray = spanOf(claimed, { attemptId: 'at-none' });
    await expect(store.addManySpans([lost, good[0], stray, good[1]])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: {
        unknown: [lost, stray].map(({ rolloutId, attemptId, spanId }) => ({ rolloutId, attemptId, spanId })),
      },
    });
    expect(spanIds(await store.querySpans({ rolloutId: claimed.rolloutId }))).toEqual(spanIds(good));
    expect(await subject.statusOf(claimed.rolloutId)).toBe('running');
  });

  it('what is not JSON is refused, and nothing of the batch is stored', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const bad = spanOf(claimed, { attributes: { 'reward.value': Number.NaN } });
    await expect(store.addSpan(bad)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('attributes.reward.value'),
    });
    await expect(store.addManySpans([spanOf(claimed), bad])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((await store.querySpans({ rolloutId: claimed.rolloutId })).total).toBe(0);
  });

  // 86
  it('a span that is sent again is not stored again and is no sign of life', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const span = spanOf(claimed, { name: 'first', sequenceId: 1 });
    expect(await store.addSpan(span)).toEqual(span);
    const before = await store.getLatestAttempt(claimed.rolloutId);
    await subject.tick();
    expect(await store.addSpan({ ...span, name: 'second' })).toBeUndefined();
    expect(await store.getLatestAttempt(claimed.rolloutId)).toEqual(before);
    expect((await store.querySpans({ rolloutId: claimed.rolloutId })).items).toEqual([span]);
    const retry = await store.startAttempt(claimed.rolloutId);
    expect(await store.addSpan({ ...span, attemptId: retry.attempt.attemptId })).toBeDefined();
  });

  // 87, 88
  it('the first span makes attempt and rollout running, each span is a sign of life', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const heartbeat = async () => (await store.getLatestAttempt(claimed.rolloutId))?.lastHeartbeatTime ?? 0;
    await store.addSpan(spanOf(claimed));
    expect(await store.getRolloutById(claimed.rolloutId)).toMatchObject({
      status: 'running',
      attempt: { status: 'running' },
    });
    const first = await heartbeat();
    expect(first).toBeGreaterThanOrEqual(claimed.attempt.startTime);
    await subject.tick();
    await store.addManySpans([spanOf(claimed)]);
    expect(await heartbeat()).toBeGreaterThan(first);
  });

  // 89
  it('a metadata update beside incoming spans survives', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    await Promise.all([
      store.addSpan(spanOf(claimed)),
      store.updateAttempt(claimed.rolloutId, 'latest', { metadata: { kept: true } }),
      store.addSpan(spanOf(claimed)),
    ]);
    expect(await store.getLatestAttempt(claimed.rolloutId)).toMatchObject({
      status: 'running',
      metadata: { kept: true },
    });
  });

  // 91, 96
  it('querySpans() reads one attempt, the latest, or all', async () => {
    const { store } = subject;
    const first = await subject.claimed();
    const second = await store.startAttempt(first.rolloutId);
    const a = spanOf(first, { sequenceId: 2 });
    const b = spanOf(second, { sequenceId: 1 });
    await store.addManySpans([a, b]);
    const { rolloutId } = first;
    const ids = async (query: object) => spanIds(await store.querySpans({ rolloutId, ...query }));
    expect(await ids({ attemptId: first.attempt.attemptId })).toEqual([a.spanId]);
    expect(await ids({ attemptId: 'latest' })).toEqual([b.spanId]);
    expect(await ids({})).toEqual([b.spanId, a.spanId]);
    expect(await ids({ attemptId: 'at-none' })).toEqual([]);
    expect(await ids({ rolloutId: 'ro-none' })).toEqual([]);
    const bare = await store.enqueueRollout({ input: 1 });
    expect(await ids({ rolloutId: bare.rolloutId, attemptId: 'latest' })).toEqual([]);
  });

  // 92, 94, 103
  it('querySpans() filters, sorts and pages', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const make = (fields: Partial<SpanInput>) => spanOf(claimed, fields);
    const [root, tool, chat] = [
      make({ name: 'root', traceId: 'trace-1', spanId: 's-root', parentId: null }),
      make({ name: 'tool.call', traceId: 'trace-1', spanId: 's-tool', parentId: 's-root' }),
      make({ name: 'chat.call', traceId: 'trace-2', spanId: 's-chat', parentId: 's-tool' }),
    ];
    await store.addManySpans([root, tool, chat]);
    const ids = async (query: object) => spanIds(await store.querySpans({ rolloutId: claimed.rolloutId, ...query }));
    expect(await ids({ traceId: 'trace-1' })).toEqual(['s-root', 's-tool']);
    expect(await ids({ traceIdContains: '-2' })).toEqual(['s-chat']);
    expect(await ids({ spanId: 's-tool' })).toEqual(['s-tool']);
    expect(await ids({ spanIdContains: 'o' })).toEqual(['s-root', 's-tool']);
    expect(await ids({ parentId: 's-root' })).toEqual(['s-tool']);
    expect(await ids({ parentIdContains: 's-' })).toEqual(['s-tool', 's-chat']);
    expect(await ids({ name: 'root' })).toEqual(['s-root']);
    expect(await ids({ nameContains: '.call' })).toEqual(['s-tool', 's-chat']);
    expect(await ids({ nameContains: '.call', traceId: 'trace-1' })).toEqual(['s-tool']);
    expect(await ids({ name: 'root', traceId: 'trace-2', filterLogic: 'or' })).toEqual(['s-root', 's-chat']);
    expect(await ids({ filterLogic: 'or' })).toHaveLength(3);
    expect(await ids({ sortBy: 'parentId' })).toEqual(['s-root', 's-tool', 's-chat']);
    expect(await ids({ sortBy: 'parentId', sortOrder: 'desc' })).toEqual(['s-chat', 's-tool', 's-root']);
    expect(await ids({ sortBy: 'name', sortOrder: 'desc' })).toEqual(['s-tool', 's-root', 's-chat']);
    expect(await ids({ sortBy: null })).toEqual(['s-root', 's-tool', 's-chat']);
    const page = await store.querySpans({
      rolloutId: claimed.rolloutId,
      nameContains: '.call',
      sortOrder: 'desc',
      limit: 1,
      offset: 1,
    });
    expect(spanIds(page)).toEqual(['s-tool']);
    expect([page.limit, page.offset, page.total]).toEqual([1, 1, 2]);
    await expect(store.querySpans({ rolloutId: claimed.rolloutId, sortBy: 'x' as never })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  // 93
  it('or never leaks spans of another rollout or attempt', async () => {
    const { store } = subject;
    const a = await subject.claimed();
    const b = await subject.claimed();
    const mine = spanOf(a, { name: 'x' });
    await store.addManySpans([mine, spanOf(b, { name: 'x' })]);
    const page = await store.querySpans({ rolloutId: a.rolloutId, name: 'x', traceIdContains: '', filterLogic: 'or' });
    expect(spanIds(page)).toEqual([mine.spanId]);
  });

  // 95
  it('a span of an unknown rollout or attempt is NOT_FOUND and says which', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    await expect(store.addSpan(spanOf(claimed, { rolloutId: 'ro-none' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('Rollout ro-none not found'),
    });
    await expect(store.addSpan(spanOf(claimed, { attemptId: 'at-none' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('Attempt at-none not found'),
    });
  });

  it('a report stores the spans that come along before it is applied', async () => {
    const { store } = subject;
    const claimed = await subject.claimed();
    const { rolloutId, attempt } = claimed;
    const early = spanOf(claimed);
    await store.addSpan(early);
    const spans = [early, spanOf(claimed), spanOf(claimed, { sequenceId: 9 }), spanOf(claimed)];
    const report = await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' }, { spans });
    expect(report).toMatchObject({ status: 'succeeded', outcome: 'applied' });
    expect(report.lastHeartbeatTime).not.toBeNull();
    const stored = await store.querySpans({ rolloutId });
    expect(spanIds(stored)).toEqual(spans.map(({ spanId }) => spanId));
    expect(Array.from(stored, ({ sequenceId }) => sequenceId)).toEqual([1, 2, 9, 10]);
    // Sent again, as after a lost reply.
    await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' }, { spans });
    expect(await store.querySpans({ rolloutId })).toHaveLength(4);
  });

  it('the spans of a late report are stored, and the rollout stays as it is', async () => {
    const { store } = subject;
    const first = await subject.claimed();
    const { rolloutId, attempt } = first;
    await store.startAttempt(rolloutId);
    const options = { spans: [spanOf(first)] };
    const report = await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' }, options);
    expect(report.outcome).toBe('superseded');
    expect(await store.querySpans({ rolloutId })).toHaveLength(1);
    expect(await subject.statusOf(rolloutId)).toBe('preparing');
  });

  it('a report with a span of another attempt is refused whole', async () => {
    const { store } = subject;
    const mine = await subject.claimed();
    const other = await subject.claimed();
    const spans = [spanOf(mine), spanOf(other)];
    const { rolloutId, attempt } = mine;
    await expect(
      store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' }, { spans }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('spans[1]'),
    });
    expect(await subject.statusOf(rolloutId)).toBe('preparing');
    expect(await store.querySpans({ rolloutId })).toHaveLength(0);
    await expect(store.updateAttempt('ro-none', 'at-none', {}, { spans: [spanOf(mine)] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
}
