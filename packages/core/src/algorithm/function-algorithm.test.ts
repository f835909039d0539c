import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Algorithm } from './algorithm.ts';
import type { AlgorithmContext } from './algorithm-context.ts';
import { algorithm } from './function-algorithm.ts';

const context = { trainDataset: [1, 2, 3] } as unknown as AlgorithmContext<number>;
const file = new URL('./test-data/exported-algorithms.ts', import.meta.url);

describe('algorithm()', () => {
  it('runs the function with the context, and keeps what it answers', async () => {
    const sum = algorithm<number, number>(async ({ trainDataset }) => Array.from(trainDataset).reduce((a, b) => a + b));
    expect(sum).toBeInstanceOf(Algorithm);
    expect(sum.result).toBeUndefined();
    expect(await sum.run(context)).toBe(6);
    expect(sum.result).toBe(6);
  });

  it('is named after the function, or as told', () => {
    async function search(): Promise<void> {}
    expect(algorithm(search).name).toBe('search');
    expect(algorithm(async () => {}).name).toBe('algorithm');
    expect(algorithm(search, { name: 'Mine' }).name).toBe('Mine');
  });

  it('is durable and wants a training set unless it says otherwise', () => {
    const plain = algorithm(async () => {});
    expect([plain.durable, plain.requires]).toEqual([true, { trainDataset: true, valDataset: false }]);
    const other = algorithm(async () => {}, {
      durable: false,
      requires: { trainDataset: false, valDataset: true },
    });
    expect([other.durable, other.requires]).toEqual([false, { trainDataset: false, valDataset: true }]);
  });

  it.each([{ score: 0.5, names: ['a'] }, null, 0, ''])(
    'hands the result %o over to another instance',
    async (result) => {
      const make = () => algorithm(async () => result);
      const [there, here] = [make(), make()];
      await there.run(context);
      expect(here.restore(JSON.parse(JSON.stringify(there.snapshot())))).toEqual(result);
      expect(here.result).toEqual(result);
    },
  );

  it('hands nothing over when it answered nothing, or has not ended', async () => {
    const nothing = algorithm(async () => {});
    await nothing.run(context);
    const here = algorithm<unknown, number>(async () => 5);
    await here.run(context);
    expect(here.restore(nothing.snapshot())).toBeUndefined();
    expect(here.result).toBeUndefined();
  });

  it('forgets the last result when it runs again', async () => {
    let runs = 0;
    const once = algorithm(async () => {
      if (runs++ > 0) throw new RangeError('second run');
      return 'first';
    });
    await once.run(context);
    await expect(once.run(context)).rejects.toThrow('second run');
    expect(once.result).toBeUndefined();
  });

  it('refuses a result that is not JSON, naming the place', async () => {
    const broken = algorithm(async () => ({ best: { score: Number.NEGATIVE_INFINITY } }), { name: 'broken' });
    await expect(broken.run(context)).rejects.toMatchObject({
      code: 'ALGORITHM_RULE_BROKEN',
      message: expect.stringContaining('$.best.score is -Infinity'),
    });
    expect(broken.result).toBeUndefined();
  });

  it('refuses wrong options', () => {
    const fn = async (): Promise<void> => {};
    expect(() => algorithm(fn, { nme: 'x' } as object)).toThrow("'nme' is not an option: did you mean 'name'?");
    expect(() => algorithm(fn, { requires: { valDatset: true } as object })).toThrow("did you mean 'valDataset'?");
    expect(() => algorithm(fn, null as unknown as object)).toThrow('must be an object: current value is null');
    expect(() => algorithm(fn, { exportName: 'x' })).toThrow("'exportName' needs 'moduleUrl'");
    expect(() => algorithm(5 as unknown as typeof fn)).toThrow('must be a function');
  });
});

describe('source() of a function algorithm', () => {
  it('finds the name of the export, or takes the one it was given', async () => {
    const { named, renamed } = await import('./test-data/exported-algorithms.ts');
    expect(await named.source()).toEqual({ moduleUrl: file.href, exportName: 'named' });
    expect(await renamed.source()).toEqual({ moduleUrl: file.href, exportName: 'alias' });
  });

  it('finds it in a script that is awaiting its training', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(file)]);
    expect(stdout).toBe('named');
  });

  it('shows what to write when the algorithm cannot be found', async () => {
    const { reveal } = await import('./test-data/exported-algorithms.ts');
    const mine = algorithm(async () => {}, { name: 'mine' });
    const loadable = expect.stringContaining(
      'export const mine = algorithm(async (context) => { … }, { moduleUrl: import.meta.url });',
    );
    await expect(mine.source()).rejects.toMatchObject({ code: 'SOURCE_NOT_LOADABLE', message: loadable });
    // A const of this name would hide the function that is to make it.
    const nameless = algorithm(async () => {});
    await expect(nameless.source()).rejects.toThrow('export const myAlgorithm = algorithm(');
    await expect(reveal().source()).rejects.toMatchObject({
      code: 'SOURCE_NOT_LOADABLE',
      message: expect.stringContaining('does not export it'),
    });
  });
});
