import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LightningError } from '../errors/lightning-error.ts';
import { refuseUnknownOptions } from '../options/check-options.ts';
import { refuseBadRows } from './check-dataset.ts';
import { findNonJson } from './json-check.ts';

/** One schema for all libraries that follow Standard Schema (https://standardschema.dev): zod, valibot, arktype. */
export interface StandardRowSchema<T> {
  readonly '~standard': {
    validate(row: unknown): StandardRowResult<T> | Promise<StandardRowResult<T>>;
  };
}

/** What a Standard Schema answers: a value, or what is wrong. */
export type StandardRowResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
      }[];
    };

/** Checks a row and says what it is; a row it does not accept is a bad one. */
export type RowSchema<T> = StandardRowSchema<T> | { parse(row: unknown): T };

/** How to load a dataset. */
export interface LoadDatasetOptions<T> {
  /** Checks, and may change, each row. Default: any JSON is a row. */
  readonly schema?: RowSchema<T>;
}

/**
 * Reads a dataset with one JSON value per line. Blank lines are passed over; bad ones are all found before anything is thrown, and named by the number of the
 * line, the first being 1.
 *
 * @throws TypeError for an unknown option, or a schema that is none; LightningError `NOT_FOUND` if there is no such file; `DATASET_INVALID` if it cannot be read, is empty, or has bad lines, up to 20 of which are named
 * @example
 * ```ts
 * const tasks = await datasetFromJsonl('tasks.jsonl', { schema: z.object({ question: z.string() }) });
 * ```
 */
export async function datasetFromJsonl<T = unknown>(
  path: string | URL,
  options: LoadDatasetOptions<T> = {},
): Promise<T[]> {
  const schema = checkedSchema(options);
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const reader = new RowReader<T>(file, schema);
  const lines = (await readText(file)).replace(/^\uFEFF/, '').split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const place = `line ${index + 1}`;
    try {
      await reader.add(place, JSON.parse(line));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      reader.refuse(`${place} is not JSON: ${error.message}`);
    }
  }
  return reader.end();
}

/**
 * Collects a dataset from whatever gives its rows one by one. Bad rows are all found before anything is thrown, and named by their index.
 *
 * @throws TypeError for an unknown option, a schema that is none, or what cannot be iterated; LightningError `DATASET_INVALID` if there are no rows, or bad
 * ones, up to 20 of which are named. What the iterable throws is passed on
 */
export async function datasetFromAsyncIterable<T = unknown>(
  rows: AsyncIterable<unknown> | Iterable<unknown>,
  options: LoadDatasetOptions<T> = {},
): Promise<T[]> {
  const schema = checkedSchema(options);
  if (!isIterable(rows)) {
    throw new TypeError(
      `${ACTION} as what gives the rows must be an iterable: current value is ${rows === null ? 'null' : `of type ${typeof rows}`}`,
    );
  }
  const reader = new RowReader<T>('the dataset', schema);
  for await (const row of rows) await reader.add(`[${reader.rows}]`, row);
  return reader.end();
}

const ACTION = 'Cannot load the dataset';

function checkedSchema<T>(options: LoadDatasetOptions<T>): RowSchema<T> | undefined {
  refuseUnknownOptions(ACTION, options, ['schema']);
  const schema: unknown = options.schema;
  // Some libraries' schemas are functions.
  const isObject = (typeof schema === 'object' && schema !== null) || typeof schema === 'function';
  if (schema === undefined || (isObject && ('~standard' in schema || 'parse' in schema))) return options.schema;
  throw new TypeError(
    `${ACTION} as 'schema' must be a schema (of zod or any other library with Standard Schema), or an object with a method parse(): current value is ${schema === null ? 'null' : `of type ${typeof schema}`}`,
  );
}

function isIterable(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && (Symbol.asyncIterator in value || Symbol.iterator in value);
}

/** Collects rows, good and bad. */
class RowReader<T> {
  readonly #name: string;
  readonly #schema: RowSchema<T> | undefined;
  readonly #accepted: T[] = [];
  readonly #problems: string[] = [];
  rows = 0;

  constructor(name: string, schema: RowSchema<T> | undefined) {
    this.#name = name;
    this.#schema = schema;
  }

  async add(place: string, row: unknown): Promise<void> {
    const result = await parseRow(this.#schema, row);
    // A schema may make something of a row that cannot be sent to an agent.
    const problem = 'problem' in result ? `: ${result.problem}` : findNonJson(result.value)?.slice(1);
    if (problem !== undefined) return this.refuse(`${place}${problem}`);
    this.rows++;
    this.#accepted.push((result as { value: T }).value);
  }

  refuse(problem: string): void {
    this.rows++;
    this.#problems.push(problem);
  }

  end(): T[] {
    refuseBadRows(this.#name, this.rows, this.#problems);
    return this.#accepted;
  }
}

type ParsedRow<T> = { readonly value: T } | { readonly problem: string };

async function parseRow<T>(schema: RowSchema<T> | undefined, row: unknown): Promise<ParsedRow<T>> {
  if (schema === undefined) return { value: row as T };
  if ('~standard' in schema) {
    const result = await schema['~standard'].validate(row);
    return result.issues === undefined ? { value: result.value } : { problem: result.issues.map(showIssue).join('; ') };
  }
  try {
    return { value: schema.parse(row) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

type Issue = NonNullable<StandardRowResult<unknown>['issues']>[number];

function showIssue({ message, path = [] }: Issue): string {
  const keys = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const details = { path: file };
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new LightningError('NOT_FOUND', `There is no file ${file}`, { cause: error, details });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new LightningError('DATASET_INVALID', `${file} cannot be read: ${reason}`, { cause: error, details });
  }
}
