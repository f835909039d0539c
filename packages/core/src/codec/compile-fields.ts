import { z } from 'zod';
import { UNSURE } from './quick-read.ts';

/** One field of a record, on its way from one form to the other. */
export interface FieldMove {
  readonly from: string;
  readonly to: string;
  /** Told `undefined` for a field that is not there; what it makes `undefined` is left out. Absent: the value stays what it is. */
  readonly convert: ((value: unknown) => unknown) | undefined;
}

/** Makes the other form of a record from an object; `UNSURE` if one of its conversions is. */
export type MoveFields = (source: Readonly<Record<string, unknown>>) => unknown;

/**
 * Writes the function that moves the fields of a record one after the other, as zod does for its own: a loop over a list of fields takes four times as long, and leaves
 * objects that take more room. The only texts in it are names of fields, which are identifiers.
 *
 * @param addExtras - told source and target if the source has keys that are no fields. Absent: those are dropped
 * @returns `undefined` where code must not be made of texts
 * @throws TypeError for a name that is no identifier
 */
export function compileFields(
  fields: readonly FieldMove[],
  addExtras: ((source: object, target: Record<string, unknown>) => void) | undefined,
): MoveFields | undefined {
  if (!z.util.allowsEval.value) return undefined;
  const parts = fields.map(({ from, to, convert }, index) => {
    const given = `given${index}`;
    const value = convert === undefined ? given : `value${index}`;
    const lines = [`const ${given} = source.${checkedName(from)};`];
    if (convert !== undefined) lines.push(`const ${value} = convert[${index}](${given});`);
    return { given, value, to: checkedName(to), lines: lines.join(' ') };
  });
  type Part = (typeof parts)[number];
  const each = (line: (part: Part) => string, between = '\n'): string => parts.map(line).join(between);
  const all = (isSo: (part: Part) => string): string => ['true', ...parts.map(isSo)].join(' && ');
  const body = `
    "use strict";
    return function moveFields(source) {
      ${each(({ lines }) => lines)}
      if (!(${all(({ value }) => `${value} !== UNSURE`)})) return UNSURE;
      let target;
      if (${all(({ value }) => `${value} !== undefined`)}) target = { ${each(({ to, value }) => `${to}: ${value}`, ', ')} };
      else {
        target = {};
        ${each(({ to, value }) => `if (${value} !== undefined) target.${to} = ${value};`)}
      }
      ${addExtras === undefined ? '' : `if (!(${all(({ given }) => `${given} !== undefined`)}) || countKeys(source) !== ${parts.length}) addExtras(source, target);`}
      return target;
    };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the names were checked, and nothing else is in it that comes from outside
  const make = new Function('convert', 'UNSURE', 'countKeys', 'addExtras', body) as (...parts: unknown[]) => MoveFields;
  return make(
    fields.map(({ convert }) => convert),
    UNSURE,
    countKeys,
    addExtras,
  );
}

function checkedName(name: string): string {
  if (/^(?!__proto__$)[A-Za-z_]\w*$/.test(name)) return name;
  throw new TypeError(`Cannot derive a wire form as '${name}' is no name of a field`);
}

function countKeys(source: object): number {
  let count = 0;
  for (const _ in source) count += 1;
  return count;
}
