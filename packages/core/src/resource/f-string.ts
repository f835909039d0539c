import { type CompiledTemplate, checkRenderedLength, givenNames } from './compiled-template.ts';
import { formatValue, parseFormatSpec } from './format-spec.ts';
import { pythonAscii, pythonRepr, pythonStr, toPythonValue } from './python-value.ts';
import { BRACE_HINT, missingVariableError, quoteName, TemplateError } from './template-error.ts';

/**
 * A template in the language of Python's `str.format`, read once.
 *
 * Same text as CPython 3.11 for `template.format(**variables)`, and an error where Python raises one, with these differences:
 * - `{a.b}` and `{a[b]}` both look up an own property of an object (a Python dict has only the second), and `{a[0]}` finds the key
 *   `'0'`. Nothing else has attributes: no prototype is looked at, no method is reachable, nothing is called.
 * - A variable whose value is `undefined` was not given.
 * - Width, number of digits and length of the text are bounded (reason `limit`).
 * - A damaged template is reported before a missing variable.
 * Values are read as `toPythonValue()` says: 1.0 is written `1`.
 */
export class FString implements CompiledTemplate {
  readonly required: readonly string[];
  readonly #pieces: readonly Piece[];

  /** @throws TemplateError `syntax`, `positional-field` or `limit`, whatever the variables would be. */
  constructor(template: string) {
    const parser = new Parser(template);
    this.#pieces = parser.parse();
    this.required = [...parser.names];
  }

  /** @throws TemplateError for what the variables are; `syntax` only for a format specification that is built from them. */
  format(variables: Readonly<Record<string, unknown>>): string {
    return render(this.#pieces, variables);
  }
}

/**
 * Top-level names that the template reads, in order of first appearance, those inside format specifications included. Never
 * throws: a damaged template gives the names up to the damage.
 */
export function scanFStringNames(template: string): string[] {
  const parser = new Parser(template);
  try {
    parser.parse();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
  }
  return [...parser.names];
}

type Piece = string | Field;

interface Field {
  readonly offset: number;
  readonly name: string;
  readonly path: readonly string[];
  readonly conversion: string;
  readonly spec: readonly Piece[];
}

/** `str.format` replaces fields inside a format specification, and no deeper. */
const MAX_NESTING = 2;

/** Follows `MarkupIterator_next` and `parse_field` of CPython's `Objects/stringlib/unicode_format.h`. */
class Parser {
  /** Names of the fields read so far. */
  readonly names: Set<string>;
  readonly #source: string;
  readonly #start: number;
  readonly #nesting: number;
  #at = 0;

  constructor(source: string, start = 0, nesting = 1, names = new Set<string>()) {
    this.#source = source;
    this.#start = start;
    this.#nesting = nesting;
    this.names = names;
  }

  parse(): Piece[] {
    if (this.#nesting > MAX_NESTING) throw this.#syntaxError('format specifications nest too deeply', 0);
    const pieces: Piece[] = [];
    while (this.#at < this.#source.length) {
      const brace = this.#find('{}', this.#at);
      const literal = this.#source.slice(this.#at, brace);
      const char = this.#source[brace];
      if (char !== undefined && this.#source[brace + 1] === char) {
        pieces.push(literal + char);
        this.#at = brace + 2;
        continue;
      }
      if (literal !== '') pieces.push(literal);
      this.#at = brace + 1;
      if (char === '}') throw this.#syntaxError(`single '}' ${BRACE_HINT}`, brace);
      if (char === '{') pieces.push(this.#field(brace));
    }
    return pieces;
  }

  #field(open: number): Field {
    const { name, path } = this.#path(this.#fieldExpression(open), open);
    this.names.add(name);
    let end = this.#source[this.#at++];
    let conversion = '';
    if (end === '!') {
      conversion = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
      this.#at += conversion.length;
      end = this.#source[this.#at++];
      if (end !== ':' && end !== '}') throw this.#syntaxError("a conversion must be followed by ':' or '}'", open);
      if (!'rsa'.includes(conversion)) throw this.#syntaxError(`unknown conversion '!${conversion}'`, open);
    }
    const spec = end === ':' ? this.#spec(open) : [];
    return { offset: this.#start + open, name, path, conversion, spec };
  }

  /** Leaves the position at the `}`, `:` or `!` behind the expression. */
  #fieldExpression(open: number): string {
    const start = this.#at;
    for (;;) {
      this.#at = this.#find('{[}:!', this.#at);
      const char = this.#source[this.#at];
      if (char === undefined) throw this.#syntaxError(`'{' without its '}' ${BRACE_HINT}`, open);
      if (char === '{') throw this.#syntaxError(`unexpected '{' in a field name ${BRACE_HINT}`, open);
      if (char !== '[') return this.#source.slice(start, this.#at);
      this.#at = this.#find(']', this.#at);
    }
  }

  #spec(open: number): Piece[] {
    const start = this.#at;
    for (let depth = 1; depth > 0; this.#at++) {
      this.#at = this.#find('{}', this.#at);
      if (this.#at >= this.#source.length) throw this.#syntaxError(`'{' without its '}' ${BRACE_HINT}`, open);
      depth += this.#source[this.#at] === '{' ? 1 : -1;
    }
    const source = this.#source.slice(start, this.#at - 1);
    const pieces = new Parser(source, this.#start + start, this.#nesting + 1, this.names).parse();
    const text = pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : undefined;
    // A wrong specification without fields is wrong for every value, so it is found without any.
    if (text !== undefined && text !== '') withOffset(this.#start + open, () => parseFormatSpec(text));
    return pieces;
  }

  #path(expression: string, open: number): { name: string; path: string[] } {
    const nameEnd = expression.search(/[.[]/);
    const name = nameEnd === -1 ? expression : expression.slice(0, nameEnd);
    const path: string[] = [];
    let rest = expression.slice(name.length);
    while (rest !== '') {
      if (rest[0] === '[' && !rest.includes(']')) throw this.#syntaxError("'[' without its ']' in a field name", open);
      const step = /^(?:\.([^.[]*)|\[([^\]]*)\])/.exec(rest);
      if (step === null) throw this.#syntaxError("only '.' or '[' may follow ']' in a field name", open);
      const key = step[1] ?? step[2];
      if (!key) throw this.#syntaxError('empty attribute in a field name', open);
      path.push(key);
      rest = rest.slice(step[0].length);
    }
    if (/^\d*$/.test(name)) {
      throw new TemplateError(
        'positional-field',
        `Cannot format the prompt template as variables are passed by name: a field is positional ${BRACE_HINT}`,
        { offset: this.#start + open },
      );
    }
    return { name, path };
  }

  /** Index of the first of `chars` at or after `from`; the end of the source if there is none. */
  #find(chars: string, from: number): number {
    let at = from;
    while (at < this.#source.length && !chars.includes(this.#source[at]!)) at++;
    return at;
  }

  #syntaxError(problem: string, at: number): TemplateError {
    const offset = this.#start + at;
    return new TemplateError('syntax', `Cannot read the prompt template at character ${offset}: ${problem}`, {
      offset,
    });
  }
}

function withOffset<T>(offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TemplateError) || error.offset !== undefined) throw error;
    throw new TemplateError(error.reason, error.message, { offset }, error.cause);
  }
}

function render(pieces: readonly Piece[], variables: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const piece of pieces) {
    text += typeof piece === 'string' ? piece : withOffset(piece.offset, () => renderField(piece, variables));
    checkRenderedLength(text);
  }
  return text;
}

function renderField(field: Field, variables: Readonly<Record<string, unknown>>): string {
  const value = convert(lookUp(field, variables), field.conversion);
  return formatValue(value, render(field.spec, variables));
}

function lookUp({ name, path, offset }: Field, variables: Readonly<Record<string, unknown>>): unknown {
  if (!Object.hasOwn(variables, name) || variables[name] === undefined) {
    throw missingVariableError(name, givenNames(variables), offset);
  }
  let value: unknown = variables[name];
  let soFar = name;
  for (const key of path) {
    const found = child(value, key);
    if (found === undefined) {
      throw new TemplateError(
        'missing-key',
        `Cannot format the prompt template as ${quoteName(soFar)} has no ${quoteName(key)}`,
        {
          variable: `${soFar}.${key}`,
          offset,
        },
      );
    }
    value = found.value;
    soFar += `.${key}`;
  }
  return value;
}

function child(parent: unknown, key: string): { value: unknown } | undefined {
  const python = toPythonValue(parent);
  if (python.type === 'dict') return Object.hasOwn(python.value, key) ? { value: python.value[key] } : undefined;
  if ((python.type !== 'list' && python.type !== 'str') || !/^\d+$/.test(key)) return undefined;
  const items = python.type === 'str' ? Array.from(python.value) : python.value;
  const index = Number(key);
  return index < items.length ? { value: items[index] } : undefined;
}

function convert(value: unknown, conversion: string): unknown {
  switch (conversion) {
    case 'r':
      return pythonRepr(value);
    case 'a':
      return pythonAscii(value);
    case 's':
      return pythonStr(value);
    default:
      return value;
  }
}
