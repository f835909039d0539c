import { expect, it } from 'vitest';
import { PromptTemplate } from '../../resource/prompt-template.ts';
import { type StoreUnderTest, spanOf } from './store-under-test.ts';

/** Counting. */
export function describeStatistics(subject: StoreUnderTest): void {
  // 1
  it('statistics() counts rollouts, attempts, spans, snapshots and workers', async () => {
    const { store } = subject;
    const before = await store.statistics();
    const started = await store.startRollout({ input: 1 });
    await store.addSpan(spanOf(started));
    await store.addResources({ prompt: new PromptTemplate({ template: 'Hi', engine: 'f-string' }) });
    await store.updateWorker('w-1');
    const after = await store.statistics();
    const total = ['totalRollouts', 'totalAttempts', 'totalSpans', 'totalResources', 'totalWorkers'] as const;
    for (const name of total) expect(after[name] - before[name], name).toBe(1);
  });

  // 2
  it('statistics() names the store, and its uptime grows', async () => {
    const first = await subject.store.statistics();
    await subject.tick();
    const second = await subject.store.statistics();
    expect(first.name).toMatch(/^\w+Store$/);
    expect(second.uptime).toBeGreaterThan(first.uptime);
  });

  // 4
  it('a page is a sequence that knows its limit, offset and total', async () => {
    const { store } = subject;
    const all = await store.enqueueManyRollouts([{ input: 0 }, { input: 1 }, { input: 2 }]);
    const page = await store.queryRollouts({ limit: 2, offset: 1 });
    expect([page.limit, page.offset, page.total, page.length, page.evicted]).toEqual([2, 1, 3, 2, false]);
    expect([...page]).toEqual(all.slice(1));
    expect(page.at(-1)).toEqual(all[2]);
    expect(page.at(2)).toBeUndefined();
    expect(page.slice(1)).toEqual(all.slice(2));
  });
}
