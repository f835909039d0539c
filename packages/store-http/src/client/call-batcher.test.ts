import { describe, expect, it } from 'vitest';
import { CallBatcher } from './call-batcher.ts';

const weightless = (): number => 0;

describe('CallBatcher', () => {
  it('gathers the calls of one turn of the event loop, and those that come while a request is under way', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const batcher = new CallBatcher<number, number>(async (inputs) => {
      batches.push([...inputs]);
      if (batches.length === 1) await gate.promise;
      return inputs.map((input) => ({ value: input * 10 }));
    }, weightless);
    const calls = [1, 2].map((input) => batcher.call(input));
    await expect.poll(() => batches).toEqual([[1, 2]]);
    calls.push(batcher.call(3), batcher.call(4));
    gate.resolve();
    expect(await Promise.all(calls)).toEqual([10, 20, 30, 40]);
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await batcher.call(5)).toBe(50);
    expect(batches).toHaveLength(3);
  });

  it('sends at most 256 calls in a request', async () => {
    const sizes: number[] = [];
    const batcher = new CallBatcher<number, number>(async (inputs) => {
      sizes.push(inputs.length);
      return inputs.map((value) => ({ value }));
    }, weightless);
    await Promise.all(Array.from({ length: 600 }, (_, input) => batcher.call(input)));
    expect(sizes).toEqual([256, 256, 88]);
  });

  it('sends no more than 8 Mi of text in a request, unless one call has more', async () => {
    const batches: number[][] = [];
    const batcher = new CallBatcher<number, number>(
      async (inputs) => {
        batches.push([...inputs]);
        return inputs.map((value) => ({ value }));
      },
      (mebibytes) => mebibytes * 1024 * 1024,
    );
    await Promise.all([3, 5, 1, 9, 7].map((mebibytes) => batcher.call(mebibytes)));
    expect(batches).toEqual([[3, 5], [1], [9], [7]]);
  });

  it('tells each caller its own outcome, and all of them when the request fails', async () => {
    let isDown = false;
    const batcher = new CallBatcher<number, number>(async (inputs) => {
      if (isDown) throw new Error('down');
      return inputs.map((input) => (input < 0 ? { error: new RangeError('negative') } : { value: input }));
    }, weightless);
    const settled = await Promise.allSettled([batcher.call(1), batcher.call(-1), batcher.call(2)]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    isDown = true;
    await expect(Promise.all([batcher.call(1), batcher.call(2)])).rejects.toThrow('down');
    isDown = false;
    expect(await batcher.call(5)).toBe(5);
  });

  it('does not leave a caller waiting when the reply is too short', async () => {
    const batcher = new CallBatcher<number, number>(async () => [], weightless);
    await expect(batcher.call(1)).rejects.toThrow('no outcome');
  });
});
