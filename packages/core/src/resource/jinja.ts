import { type CompiledTemplate, checkRenderedLength, givenNames } from './compiled-template.ts';
import { scanJinjaNames } from './jinja-names.ts';
import { type MinijinjaEnvironment, MinijinjaTrapError, withMinijinja } from './minijinja.ts';
import { toPythonValue } from './python-value.ts';
import { missingVariableError, TemplateError, type TemplateErrorReason } from './template-error.ts';

/**
 * A Jinja template, rendered by minijinja (compiled to WebAssembly, so it reaches no JavaScript object) with Python's string, list and
 * dict methods, without escaping, and without other templates to include.
 *
 * - A variable that the template reads must be given, also where its branch is not taken, unless the template tests it with
 *   `is defined` or gives it a `default`: a prompt should fail on its first rollout, not on the first that takes the branch.
 *   `scanJinjaNames()` finds the names.
 * - An attribute that is missing is an error where it is written, tested or looped over; a filter or `~` makes it empty text, as
 *   minijinja does.
 * - Variables are copied: text, numbers, booleans, null, arrays and plain objects. No function of theirs can be called.
 * - True, False and None are written `true`, `false` and `none`, unlike in Python's Jinja.
 * - Time and memory are bounded (reason `limit`), see `minijinja.ts`. A step that is slow by itself still counts
 *   as one: a loop that fills megabytes each time can hold its thread for many seconds.
 */
export class JinjaTemplate implements CompiledTemplate {
  readonly required: readonly string[];
  readonly #source: string;
  readonly #optional: readonly string[];
  readonly #words: ReadonlySet<string>;

  /** @throws TemplateError `syntax`, or `limit` if it is too large to read. */
  constructor(source: string) {
    inEngine((environment) => {
      environment.addTemplate('prompt', source);
      environment.removeTemplate('prompt');
    });
    const { placeholders, optional, words } = scanJinjaNames(source);
    this.required = placeholders.filter((name) => !optional.has(name));
    this.#optional = [...optional];
    this.#words = words;
    this.#source = source;
  }

  format(variables: Readonly<Record<string, unknown>>): string {
    const given = givenNames(variables);
    const missing = this.required.find((name) => !given.includes(name));
    if (missing !== undefined) throw missingVariableError(missing, given);
    const context = Object.create(null) as Record<string, unknown>;
    for (const name of given) {
      if (this.#words.has(name)) context[name] = copyValue(variables[name], 0);
    }
    const text = inEngine(
      (environment) => environment.renderStr(this.#source, context),
      () => this.#missingOptional(given),
    );
    checkRenderedLength(text);
    return text;
  }

  /** A variable that is guarded in one place can still be read bare in another. */
  #missingOptional(given: readonly string[]): TemplateError | undefined {
    const missing = this.#optional.filter((name) => !given.includes(name));
    return missing.length === 1 ? missingVariableError(missing[0]!, given) : undefined;
  }
}

function inEngine<T>(
  use: (environment: MinijinjaEnvironment) => T,
  explainUndefined?: () => TemplateError | undefined,
): T {
  try {
    return withMinijinja(use);
  } catch (error) {
    if (error instanceof MinijinjaTrapError) {
      throw new TemplateError(
        'limit',
        'Cannot format the prompt template as it needs too much memory or nests too deeply',
        {},
        error,
      );
    }
    throw toTemplateError(error, explainUndefined);
  }
}

const LIMITS = /ran out of fuel|recursion limit|too many elements|too deep|maximum recursion/;

function toTemplateError(error: unknown, explainUndefined?: () => TemplateError | undefined): unknown {
  if (!(error instanceof Error)) return error;
  // Further lines quote the template.
  const message = error.message
    .split('\n', 1)[0]!
    .replace('(in <string>:', '(in line ')
    .replace('(in prompt:', '(in line ');
  const fail = (reason: TemplateErrorReason): TemplateError => {
    const action = reason === 'syntax' ? 'read' : 'format';
    return new TemplateError(reason, `Cannot ${action} the prompt template: ${message}`, {}, error);
  };
  if (LIMITS.test(message)) return fail('limit');
  if (message.startsWith('syntax error')) return fail('syntax');
  if (message.startsWith('undefined value')) return explainUndefined?.() ?? fail('missing-key');
  return fail('format');
}

/** Deeper values could overflow the engine's stack. Also ends at a value that holds itself. */
const MAX_VALUE_DEPTH = 100;

function copyValue(value: unknown, depth: number): unknown {
  if (depth > MAX_VALUE_DEPTH) {
    throw new TemplateError(
      'limit',
      `Cannot format the prompt template as a variable nests deeper than ${MAX_VALUE_DEPTH} levels`,
    );
  }
  const python = toPythonValue(value);
  switch (python.type) {
    case 'NoneType':
      return null;
    case 'list':
      return python.value.map((item) => copyValue(item, depth + 1));
    case 'dict': {
      // Without a prototype, a key may be called __proto__.
      const copy = Object.create(null) as Record<string, unknown>;
      for (const [key, item] of Object.entries(python.value)) copy[key] = copyValue(item, depth + 1);
      return copy;
    }
    case 'int':
      if (BigInt.asIntN(64, python.value) !== python.value && BigInt.asUintN(64, python.value) !== python.value) {
        throw new TemplateError(
          'unsupported-value',
          'Cannot format the prompt template as an integer has more than 64 bits',
        );
      }
      return value;
    case 'bool':
    case 'float':
    case 'str':
      return python.value;
    default:
      return python satisfies never;
  }
}
