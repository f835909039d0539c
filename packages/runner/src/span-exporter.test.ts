import { setImmediate as turnEnd } from 'node:timers/promises';
import {
  InMemoryLightningStore,
  LightningError,
  type LightningStore,
  type SpanInput,
  silentLogger,
} from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { MAX_SPAN_TEXT_LENGTH, MAX_TEXT_LENGTH } from './limit-attributes.ts';
import { redactorOf } from './redact-secrets.ts';
import { SpanExporter } from './span-exporter.ts';
import { SpanOutbox } from './span-outbox.ts';
import { deferred } from './test-data/deferred.ts';
import { storeWith } from './test-data/store-with.ts';

interface Setup {
  readonly exporter: SpanExporter;
  readonly clock: VirtualClock;
  readonly batches: SpanInput[][];
  readonly close: () => Promise<void>;
}

function setUp(addManySpans?: LightningStore['addManySpans'], secrets: readonly string[] = []): Setup {
  const clock = new VirtualClock();
  const batches: SpanInput[][] = [];
  const memory = new InMemoryLightningStore({ clock });
  const store = storeWith(memory, {
    addManySpans: async (spans) => {
      batches.push([...spans]);
      return (await addManySpans?.(spans)) ?? [];
    },
  });
  const exporter = new SpanExporter({
    outbox: new SpanOutbox(store),
    target: { rolloutId: 'ro-1', attemptId: 'at-1', traceId: 't' },
    redactor: () => redactorOf(secrets),
    clock,
    logger: silentLogger,
    outageBudgetMs: 1000,
    signal: new AbortController().signal,
  });
  return { exporter, clock, batches, close: () => memory.close() };
}

const span = (name: string, attributes = {}) => ({ name, attributes });
const reward = {
  name: 'agentlightning.annotation',
  attributes: { 'agentlightning.reward.0.name': 'primary', 'agentlightning.reward.0.value': 1 },
};

describe('SpanExporter', () => {
  it('sends what waits after 200 ms', async () => {
    const { exporter, clock, batches, close } = setUp();
    exporter.add(span('a'));
    exporter.add(span('b'));
    clock.advance(0.199);
    await turnEnd();
    expect(batches).toEqual([]);
    clock.advance(0.002);
    await turnEnd();
    expect(batches.map((batch) => batch.map(({ name }) => name))).toEqual([['a', 'b']]);
    await exporter.close();
    await close();
  });

  it('sends 64 spans without waiting, in order', async () => {
    const { exporter, batches, close } = setUp();
    for (let n = 0; n < 70; n++) exporter.add(span(String(n)));
    await turnEnd();
    expect(batches.map((batch) => batch.length)).toEqual([64]);
    await exporter.close();
    expect(batches.flat().map(({ name }) => Number(name))).toEqual(Array.from({ length: 70 }, (_, n) => n));
    expect(batches.flat().every(({ sequenceId }) => sequenceId === null)).toBe(true);
    await close();
  });

  it('sends a span that comes at the very moment in which a batch is done', async () => {
    for (let turns = 0; turns < 20; turns++) {
      const { exporter, clock, batches, close } = setUp();
      exporter.add(span('a'));
      clock.advance(0.25);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      exporter.add(span('b'));
      await exporter.close();
      expect(batches.flat().map(({ name }) => name)).toEqual(['a', 'b']);
      await close();
    }
  });

  it('takes nothing after it was closed, and leaves no timer', async () => {
    const { exporter, clock, batches, close } = setUp();
    exporter.add(span('a'));
    await exporter.close();
    exporter.add(span('late'));
    await exporter.close();
    expect(batches).toHaveLength(1);
    await close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('hands over the last spans of an attempt, when what went before them is stored', async () => {
    const away = deferred<never[]>();
    const { exporter, clock, batches, close } = setUp(() => away.promise);
    for (let n = 0; n < 66; n++) exporter.add(span(String(n)));
    const last = exporter.takeLast();
    exporter.add(span('late'));
    await turnEnd();
    expect(batches.map((batch) => batch.length)).toEqual([64]);
    away.resolve([]);
    expect((await last).map(({ name }) => name)).toEqual(['64', '65']);
    await exporter.close();
    expect(batches).toHaveLength(1);
    await close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('stores the last spans as well when they are too much for a report', async () => {
    const { exporter, batches, close } = setUp();
    for (let n = 0; n < 5; n++) exporter.add(span(String(n), { text: 'x'.repeat(MAX_TEXT_LENGTH) }));
    expect(await exporter.takeLast()).toEqual([]);
    expect(batches.flat()).toHaveLength(5);
    await close();
  });

  it('drops what does not fit while the store is away, rewards excepted, and counts it', async () => {
    const away = deferred<never[]>();
    const { exporter, batches, close } = setUp(() => away.promise);
    for (let n = 0; n < 64 + 4096 + 10; n++) exporter.add(span('a'));
    exporter.add(reward);
    away.resolve([]);
    await exporter.close();
    expect(exporter.lostSpans).toBe(10);
    expect(batches.flat()).toHaveLength(64 + 4096 + 1);
    expect(batches.flat().at(-1)!.attributes).toEqual(reward.attributes);
    await close();
  });

  it('sends the spans of a refused batch one by one', async () => {
    const { exporter, batches, close } = setUp(async (spans) => {
      if (spans.some(({ name }) => name === 'bad')) throw new LightningError('INVALID_ARGUMENT', 'bad');
      return [];
    });
    for (const name of ['a', 'bad', 'b']) exporter.add(span(name));
    await exporter.close();
    expect(batches.map((batch) => batch.map(({ name }) => name))).toEqual([['a', 'bad', 'b'], ['a'], ['bad'], ['b']]);
    expect(exporter.lostSpans).toBe(1);
    await close();
  });

  it('takes secrets out of attributes and descriptions', async () => {
    const { exporter, batches, close } = setUp(undefined, ['sk-canary-1234']);
    exporter.add({
      name: 'a',
      attributes: { text: 'key sk-canary-1234!', list: ['sk-canary-1234', 'x'], number: 1 },
      status: { statusCode: 'ERROR', description: 'with sk-canary-1234' },
    });
    await exporter.close();
    expect(batches[0]![0]).toMatchObject({
      attributes: { text: 'key ***!', list: ['***', 'x'], number: 1 },
      status: { description: 'with ***' },
    });
    await close();
  });

  it('cuts texts that are too long, and says so', async () => {
    const { exporter, batches, close } = setUp();
    const long = `${'x'.repeat(MAX_TEXT_LENGTH - 1)}😀`;
    exporter.add(span('a', { long, short: 'y' }));
    exporter.add(
      span('b', Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, 'z'.repeat(MAX_TEXT_LENGTH)]))),
    );
    await exporter.close();
    const [first, second] = batches[0]!;
    expect(first!.attributes['long']).toMatch(/x\uFFFD… \[cut: 65537 characters\]$/);
    expect(first!.attributes['short']).toBe('y');
    const total = Object.values(second!.attributes).reduce<number>((sum, text) => sum + String(text).length, 0);
    expect(total).toBeLessThan(MAX_SPAN_TEXT_LENGTH + 1000);
    expect(second!.attributes['k19']).toBe('… [cut: 65536 characters]');
    await close();
  });

  it('never throws at whoever adds', async () => {
    const { exporter, close } = setUp();
    const hostile = {
      get name(): string {
        throw new Error('no name');
      },
      attributes: {},
    };
    expect(() => exporter.add(hostile)).not.toThrow();
    expect(exporter.lostSpans).toBe(1);
    await exporter.close();
    await close();
  });
});
