import { TemplateError } from './template-error.ts';

/** A template that was read and can be rendered as often as wanted. */
export interface CompiledTemplate {
  /** Variables that must be given, in order of first appearance. */
  readonly required: readonly string[];
  /** @throws TemplateError */
  format(variables: Readonly<Record<string, unknown>>): string;
}

/** The names that count as given: own properties that are not `undefined`. */
export function givenNames(variables: Readonly<Record<string, unknown>>): string[] {
  return Object.getOwnPropertyNames(variables).filter((name) => variables[name] !== undefined);
}

/** Longest text that a template renders to, in UTF-16 units: far past any prompt, and short of what harms the process. */
export const MAX_RENDERED_LENGTH = 2 ** 24;

/** @throws TemplateError `limit` past {@link MAX_RENDERED_LENGTH}. */
export function checkRenderedLength(text: string): void {
  if (text.length <= MAX_RENDERED_LENGTH) return;
  throw new TemplateError(
    'limit',
    `Cannot format the prompt template as its text would be longer than ${MAX_RENDERED_LENGTH} characters`,
  );
}
