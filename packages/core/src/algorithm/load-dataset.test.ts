import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { datasetFromAsyncIterable, datasetFromJsonl } from './load-dataset.ts';

const task = z.object({ question: z.string(), n: z.number().default(1) });
const invalid = (message: string): Error =>
  expect.objectContaining({ code: 'DATASET_INVALID', message: expect.stringContaining(message) }) as Error;

describe('datasetFromJsonl()', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dataset-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const load = async <T>(text: string, schema?: { parse(row: unknown): T }): Promise<T[]> => {
    const path: string = join(directory, 'tasks.jsonl');
    await writeFile(path, text);
    return datasetFromJsonl<T>(path, schema === undefined ? {} : { schema });
  };

  it('reads one JSON value per line, whatever ends the lines', async () => {
    expect(await load('\uFEFF{"a":1}\r\n\n[2]\n  \n"x"')).toEqual([{ a: 1 }, [2], 'x']);
    expect(await datasetFromJsonl(pathToFileURL(join(directory, 'tasks.jsonl')))).toHaveLength(3);
  });

  it('answers what the schema makes of the rows', async () => {
    expect(await load('{"question":"a"}\n{"question":"b","n":2}', task)).toEqual([
      { question: 'a', n: 1 },
      { question: 'b', n: 2 },
    ]);
  });

  it('names all bad lines by their number', async () => {
    const text = '{"question":"a"}\n{"question":5}\n\n{"question"\n{"n":2}';
    await expect(load(text, task)).rejects.toThrow(invalid('3 bad rows of 4:\n  line 2: question: '));
    await expect(load(text, task)).rejects.toThrow(invalid('\n  line 4 is not JSON: '));
    await expect(load(text, task)).rejects.toThrow(invalid('\n  line 5: question: '));
    await expect(load('{"n":1e999}')).rejects.toThrow(invalid('line 1.n is Infinity'));
  });

  it('takes a schema that only parses, and one that answers late', async () => {
    const parser = {
      parse(row: unknown): string {
        if (typeof row !== 'string') throw new TypeError('must be text');
        return row.toUpperCase();
      },
    };
    expect(await load('"a"', parser)).toEqual(['A']);
    await expect(load('"a"\n5', parser)).rejects.toThrow(invalid('line 2: must be text'));
    const late = z.string().refine(async (text) => Promise.resolve(text !== 'b'), 'not b');
    await expect(load('"a"\n"b"', late)).rejects.toThrow(invalid('line 2: not b'));
  });

  it('refuses what a schema makes of a row when it is not JSON', async () => {
    await expect(load('{"at":0}', z.object({ at: z.coerce.date() }))).rejects.toThrow(
      invalid('line 1.at is an instance of Date'),
    );
  });

  it('says that a file is missing, empty, or no file', async () => {
    await expect(datasetFromJsonl(join(directory, 'none.jsonl'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(load('\n \n')).rejects.toThrow(invalid('tasks.jsonl is empty'));
    await expect(datasetFromJsonl(directory)).rejects.toThrow(invalid('cannot be read'));
  });
});

describe('datasetFromAsyncIterable()', () => {
  it('collects rows from async and plain iterables', async () => {
    async function* rows(): AsyncGenerator<unknown> {
      yield { question: 'a' };
      yield await Promise.resolve({ question: 'b' });
    }
    expect(await datasetFromAsyncIterable(rows(), { schema: task })).toEqual([
      { question: 'a', n: 1 },
      { question: 'b', n: 1 },
    ]);
    expect(await datasetFromAsyncIterable(new Set([1, 2]))).toEqual([1, 2]);
  });

  it('names all bad rows by their index', async () => {
    await expect(datasetFromAsyncIterable([{ a: 1 }, { b: 1n }, undefined])).rejects.toThrow(
      invalid('the dataset has 2 bad rows of 3:\n  [1].b is a bigint\n  [2] is undefined'),
    );
    await expect(datasetFromAsyncIterable([])).rejects.toThrow(invalid('the dataset is empty'));
  });

  it('passes on what the iterable throws', async () => {
    async function* rows(): AsyncGenerator<unknown> {
      yield 1;
      await Promise.reject(new RangeError('connection lost'));
    }
    await expect(datasetFromAsyncIterable(rows())).rejects.toThrow(new RangeError('connection lost'));
  });
});

describe('datasets that cannot be loaded', () => {
  it.each<[unknown, string]>([
    [{ shema: task }, "'shema' is not an option: did you mean 'schema'?"],
    [{ schema: 5 }, "'schema' must be a schema"],
    [{ schema: {} }, "'schema' must be a schema"],
    [null, 'its options must be an object: current value is null'],
  ])('are refused with the options %o', async (options, message) => {
    await expect(datasetFromJsonl('tasks.jsonl', options as object)).rejects.toThrow(message);
    await expect(datasetFromAsyncIterable([1], options as object)).rejects.toThrow(message);
  });

  it.each([null, undefined, 5, {}, 'rows'])('%j gives no rows one by one', async (rows) => {
    await expect(datasetFromAsyncIterable(rows as never)).rejects.toThrow('must be an iterable: current value is');
  });
});
