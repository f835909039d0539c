import type { z } from 'zod';
import type { SchemaProblem } from './request-refused-error.ts';

/** At most this many are reported; a body of 10,000 wrong items needs no longer answer. */
const MAX_PROBLEMS = 20;

const TYPES: Readonly<Record<string, readonly [type: string, msg: string]>> = {
  string: ['string_type', 'Input should be a valid string'],
  boolean: ['bool_type', 'Input should be a valid boolean'],
  number: ['float_type', 'Input should be a valid number'],
  int: ['int_type', 'Input should be a valid integer'],
  array: ['list_type', 'Input should be a valid list'],
  object: ['dict_type', 'Input should be a valid dictionary'],
  record: ['dict_type', 'Input should be a valid dictionary'],
};

/**
 * The `detail` list of a 422, in FastAPI's shape and, for the usual cases, its words.
 * @param part - which part of the request was read
 * @param input - the whole part
 */
export function schemaProblems(error: z.ZodError, part: 'body' | 'query', input: unknown): SchemaProblem[] {
  return error.issues.slice(0, MAX_PROBLEMS).map((issue) => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
    const found = valueAt(input, path);
    return { ...describe(issue, found), loc: [part, ...path], input: summary(found) };
  });
}

function describe(issue: z.core.$ZodIssue, found: unknown): Pick<SchemaProblem, 'type' | 'msg'> {
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const msg = `Input should have one of the known tags as '${issue.discriminator}'`;
    return { type: found === undefined ? 'union_tag_not_found' : 'union_tag_invalid', msg };
  }
  if (found === undefined) return { type: 'missing', msg: 'Field required' };
  if (issue.code === 'invalid_type') {
    const [type, msg] = TYPES[issue.expected] ?? ['value_error', issue.message];
    return { type, msg };
  }
  if (issue.code === 'invalid_value') {
    return {
      type: 'literal_error',
      msg: `Input should be ${listed(issue.values.map((value) => `'${String(value)}'`))}`,
    };
  }
  if (issue.code === 'too_small') return { type: 'greater_than_equal', msg: issue.message };
  if (issue.code === 'invalid_union')
    return { type: 'union_error', msg: 'Input should match one of the allowed types' };
  return { type: 'value_error', msg: issue.message };
}

function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** The wrong value if it is a scalar; the answer does not echo whole bodies. */
function summary(value: unknown): unknown {
  return typeof value === 'object' || value === undefined ? null : value;
}
