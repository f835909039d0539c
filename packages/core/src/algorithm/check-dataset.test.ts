import { describe, expect, it } from 'vitest';
import { checkDataset } from './check-dataset.ts';

const invalid = (message: string | RegExp): Error =>
  expect.objectContaining({ code: 'DATASET_INVALID', message: expect.stringMatching(message) }) as Error;

describe('checkDataset()', () => {
  it('accepts arrays and anything with a length and an index', () => {
    expect(() => checkDataset('trainDataset', [{ a: 1 }, null, 'x'])).not.toThrow();
    expect(() => checkDataset('trainDataset', { length: 1, 0: { a: 1 } })).not.toThrow();
  });

  it.each([
    [undefined, 'trainDataset must be an array.*current value is undefined'],
    [new Set([1]), 'an object without length'],
    [{ length: -1 }, 'whose length is -1'],
    [{ length: 1.5 }, 'whose length is 1.5'],
    ['text', 'a string'],
    [[], '^trainDataset is empty$'],
  ])('refuses %o', (dataset, message) => {
    expect(() => checkDataset('trainDataset', dataset)).toThrow(invalid(new RegExp(message)));
  });

  it('names all bad rows and what is wrong where', () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const rows = [{ ok: 1 }, { when: { date: new Date(0) } }, circular, { n: 1n }, { n: Number.NaN }, { f: () => 1 }];
    const holes = Object.assign(new Array<unknown>(rows.length + 1), rows);
    expect(() => checkDataset('valDataset', holes)).toThrow(
      invalid(
        [
          '^valDataset has 6 bad rows of 7:',
          'valDataset\\[1\\].when.date is an instance of Date',
          'valDataset\\[2\\].self contains itself',
          'valDataset\\[3\\].n is a bigint',
          'valDataset\\[4\\].n is NaN',
          'valDataset\\[5\\].f is a function',
          'valDataset\\[6\\] is undefined$',
        ].join('\\n  '),
      ),
    );
  });

  it('names a row that cannot be read', () => {
    const dataset = {
      length: 1,
      get 0(): unknown {
        throw new Error('disk gone');
      },
    };
    expect(() => checkDataset('d', dataset)).toThrow(invalid('d\\[0\\] cannot be read: disk gone'));
  });

  it('names no more than 20 rows and counts the rest', () => {
    const rows = Array.from({ length: 25 }, () => undefined);
    expect(() => checkDataset('d', rows)).toThrow(
      invalid(/25 bad rows of 25:(\n {2}d\[\d+\] is undefined){20}\n {2}… and 5 more$/),
    );
    expect(() => checkDataset('d', rows)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ badRows: 25, dataset: 'd' }) }),
    );
  });
});
