import { LightningError } from '../errors/lightning-error.ts';
import { closestName } from './closest-name.ts';

/** Every {@link TemplateErrorReason}. */
export const TEMPLATE_ERROR_REASONS = [
  /** The template reads a variable that was not given (Python's `KeyError`, Jinja's undefined). */
  'missing-variable',
  /** A given variable has no such attribute, key or index (Python's `AttributeError`, nested `KeyError` and `IndexError`). */
  'missing-key',
  /** `{}` or `{0}`: only named variables are passed (Python's `IndexError`). */
  'positional-field',
  /** The template itself cannot be read, whatever the variables are. */
  'syntax',
  /** A value does not fit its format specification, filter or operator (Python's `ValueError` and `TypeError`). */
  'format',
  /** A variable is a function, symbol, `Date`, `Map`, … , which no template language here can write. */
  'unsupported-value',
  /** The engine's templates are stored and passed through, never rendered here (`poml`). */
  'unsupported-engine',
  /** Rendering would take more time, memory or text than a prompt may. */
  'limit',
] as const;

/** Why a template could not be rendered. */
export type TemplateErrorReason = (typeof TEMPLATE_ERROR_REASONS)[number];

/** What a {@link TemplateError} can say beside its reason; each absent where it does not apply. */
export interface TemplateErrorFields {
  /** The variable, or the path inside one (`task.room`), that the template asked for. */
  readonly variable?: string;
  /** The names that were there instead, in their own order. */
  readonly available?: readonly string[];
  /** The available name that a misspelt `variable` was probably meant to be. */
  readonly suggestion?: string;
  /** Where in the template, in UTF-16 units from its start. */
  readonly offset?: number;
}

/**
 * A prompt template could not be rendered; code `TEMPLATE_INVALID`. The fields are in `details` too, so they cross threads and HTTP.
 * Names of variables are part of the error, their values never are.
 */
export class TemplateError extends LightningError implements TemplateErrorFields {
  override name = 'TemplateError';
  readonly reason: TemplateErrorReason;
  declare readonly variable?: string;
  declare readonly available?: readonly string[];
  declare readonly suggestion?: string;
  declare readonly offset?: number;

  constructor(reason: TemplateErrorReason, message: string, fields: TemplateErrorFields = {}, cause?: unknown) {
    super('TEMPLATE_INVALID', message, { cause, details: { reason, ...fields } });
    this.reason = reason;
    Object.assign(this, fields);
  }
}

/** What to do where a template most likely holds JSON that was not escaped, the commonest damage of all. */
export const BRACE_HINT = "(write '{{' and '}}' for literal braces)";

/** The error for a template that reads `variable` when only `available` were given; suggests the name probably meant. */
export function missingVariableError(variable: string, available: readonly string[], offset?: number): TemplateError {
  const suggestion = closestName(variable, available);
  const message = `Cannot format the prompt template as the variable ${quoteName(variable)} was not given: ${listNames(available)}`;
  return new TemplateError('missing-variable', message + hintFor(variable, suggestion), {
    variable,
    available,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(offset === undefined ? {} : { offset }),
  });
}

/** A name as messages show it: in quotes, on one line, cut when it is long. In a damaged template a name can be half the text. */
export function quoteName(name: string): string {
  const line = name.replaceAll(/\s+/g, ' ');
  return `'${line.length > 60 ? `${line.slice(0, 60)}…` : line}'`;
}

/** What to try for a name that was not given: the one probably meant, or escaped braces where the name looks like JSON or prose. */
export function hintFor(name: string, suggestion: string | undefined): string {
  if (suggestion !== undefined) return `; did you mean ${quoteName(suggestion)}?`;
  return /^[\p{L}\p{N}_-]+$/u.test(name) ? '' : ` ${BRACE_HINT}`;
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? 'no variables are available' : `available are ${names.map(quoteName).join(', ')}`;
}
