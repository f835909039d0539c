import { setImmediate as turnEnd } from 'node:timers/promises';
import { InMemoryLightningStore, LightningError, type LightningStore, type SpanInput } from '@agentlightning/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SpanOutbox } from './span-outbox.ts';
import { storeWith } from './test-data/store-with.ts';

interface Setup {
  readonly outbox: SpanOutbox;
  readonly store: LightningStore;
  /** Names of the spans in each request, in order. */
  readonly requests: string[][];
  /** Lets the next request through to the store, or fails it. */
  readonly answer: (error?: Error) => void;
  /** A span of a rollout that exists, or of one that does not. */
  readonly span: (name: string, rolloutId?: string) => SpanInput;
}

async function setUp(): Promise<Setup> {
  const memory = new InMemoryLightningStore();
  onTestFinished(() => memory.close());
  const { rolloutId, attempt } = await memory.startRollout({ input: null });
  const requests: string[][] = [];
  const held: PromiseWithResolvers<void>[] = [];
  const store = storeWith(memory, {
    addManySpans: async (spans) => {
      requests.push(spans.map(({ name }) => name));
      const turn = Promise.withResolvers<void>();
      held.push(turn);
      await turn.promise;
      return await memory.addManySpans(spans);
    },
  });
  return {
    outbox: new SpanOutbox(store),
    store: memory,
    requests,
    answer(error) {
      const turn = held.shift();
      if (error === undefined) turn?.resolve();
      else turn?.reject(error);
    },
    span: (name, id = rolloutId) => spanOf(name, id, attempt.attemptId),
  };
}

function spanOf(name: string, rolloutId: string, attemptId: string): SpanInput {
  return {
    rolloutId,
    attemptId,
    sequenceId: null,
    traceId: '0'.repeat(32),
    spanId: Buffer.from(name.padEnd(8, ' ')).toString('hex'),
    parentId: null,
    name,
    status: { statusCode: 'OK', description: null },
    attributes: {},
    events: [],
    links: [],
    startTime: 1,
    endTime: 2,
    context: null,
    parent: null,
    resource: { attributes: {}, schemaUrl: '' },
  };
}

describe('SpanOutbox', () => {
  it('sends together what comes in one turn of the event loop, and at once when it is over', async () => {
    const { outbox, requests, answer, span } = await setUp();
    const sent = [outbox.addManySpans([span('a')]), outbox.addManySpans([span('b')])];
    await turnEnd();
    expect(requests).toEqual([['a', 'b']]);
    answer();
    await Promise.all(sent);
    const next = outbox.addManySpans([span('c')]);
    await turnEnd();
    expect(requests).toEqual([['a', 'b'], ['c']]);
    answer();
    await next;
  });

  it('sends together, and in order, what comes while a request is under way', async () => {
    const { outbox, store, requests, answer, span } = await setUp();
    const first = outbox.addManySpans([span('a')]);
    await turnEnd();
    const others = [outbox.addManySpans([span('b'), span('c')]), outbox.addManySpans([span('d')])];
    expect(requests).toEqual([['a']]);
    answer();
    await first;
    await expect.poll(() => requests).toEqual([['a'], ['b', 'c', 'd']]);
    answer();
    await Promise.all(others);
    const { items } = await store.querySpans({ rolloutId: span('a').rolloutId });
    expect(items.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('sends a span that comes at the very moment in which a request is done', async () => {
    for (let turns = 0; turns < 10; turns++) {
      const { outbox, requests, answer, span } = await setUp();
      const first = outbox.addManySpans([span('a')]);
      await turnEnd();
      answer();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const second = outbox.addManySpans([span('b')]);
      await first;
      await expect.poll(() => requests).toEqual([['a'], ['b']]);
      answer();
      await second;
    }
  });

  it('sends at most 512 spans in a request, unless one sender has more', async () => {
    const { outbox, requests, answer, span } = await setUp();
    const many = (count: number): SpanInput[] => Array.from({ length: count }, (_, index) => span(String(index)));
    const sent = [outbox.addManySpans(many(1))];
    await turnEnd();
    sent.push(...[300, 212, 1, 600].map((count) => outbox.addManySpans(many(count))));
    for (const [turn] of sent.entries()) {
      await expect.poll(() => requests.length).toBe(Math.min(turn + 1, 4));
      answer();
    }
    await Promise.all(sent);
    expect(requests.map((names) => names.length)).toEqual([1, 512, 1, 600]);
  });

  it('tells each sender what is wrong with its own spans, and stores those of the others', async () => {
    const { outbox, store, requests, answer, span } = await setUp();
    const first = outbox.addManySpans([span('a')]);
    await turnEnd();
    const good = outbox.addManySpans([span('b')]);
    const lost = outbox.addManySpans([span('c', 'ro-unknown')]);
    lost.catch(() => {});
    for (let turn = 0; turn < 4; turn++) {
      await expect.poll(() => requests.length).toBe(turn + 1);
      answer();
    }
    await expect(Promise.all([first, good])).resolves.toEqual([undefined, undefined]);
    await expect(lost).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(requests).toEqual([['a'], ['b', 'c'], ['b'], ['c']]);
    const { items } = await store.querySpans({ rolloutId: span('a').rolloutId });
    expect(items.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each(['UNAVAILABLE', 'STORE_CLOSING'] as const)('asks a store that is %s once for all', async (code) => {
    const { outbox, requests, answer, span } = await setUp();
    const first = outbox.addManySpans([span('a')]);
    await turnEnd();
    const others = [outbox.addManySpans([span('b')]), outbox.addManySpans([span('c')])];
    const settled = Promise.allSettled(others);
    answer();
    await first;
    await expect.poll(() => requests.length).toBe(2);
    answer(new LightningError(code, 'The store is away'));
    for (const result of await settled) expect(result).toMatchObject({ status: 'rejected', reason: { code } });
    expect(requests).toEqual([['a'], ['b', 'c']]);
    const again = outbox.addManySpans([span('d')]);
    await turnEnd();
    answer();
    await again;
  });
});
