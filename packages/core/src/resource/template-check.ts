import { closestName } from './closest-name.ts';
import type { PromptTemplate, TemplateProblem } from './prompt-template.ts';
import { hintFor, quoteName, type TemplateErrorFields, type TemplateErrorReason } from './template-error.ts';

/** Why a candidate is refused: what {@link PromptTemplate.format} would throw for, or what no rollout is worth. */
export type CandidateProblemReason =
  | TemplateErrorReason
  /** The candidate lost a placeholder that it must have. It would format, without the task in it. */
  | 'missing-placeholder'
  /** The candidate asks for a variable that agents do not give. */
  | 'unknown-placeholder'
  /** Nothing but white space. */
  | 'empty'
  /** Longer than `maxLength`. */
  | 'too-long'
  /** The whole text stands in a Markdown code fence. It would format. */
  | 'code-fence'
  /** The text begins by announcing itself ("Here is the improved prompt:"). It would format. */
  | 'preamble';

/** One reason against a prompt candidate. */
export interface CandidateProblem extends TemplateErrorFields {
  readonly reason: CandidateProblemReason;
  readonly message: string;
}

/** What {@link checkTemplate} holds a candidate to. */
export interface TemplateCheckOptions {
  /** Names of the variables that agents give, usually the seed prompt's `placeholders()`. Each must be used, and no other. */
  readonly placeholders: readonly string[];
  /**
   * Variables of one task for a trial run. Without them the trial runs with text, first empty and then not: a candidate whose fields need
   * numbers (`{n:d}`) or objects (`{task.room}`) needs the example to pass.
   */
  readonly example?: Readonly<Record<string, unknown>>;
  /** UTF-16 units. Default 100,000. */
  readonly maxLength?: number;
}

/**
 * Judges a prompt candidate before rollouts are spent on it. An empty list means that `format` succeeds with exactly `placeholders` as
 * variables: for f-string with any text, or values of the example's types; for Jinja as far as the trial's branches went.
 * `poml` is always a problem (`unsupported-engine`), since only the agent can render it.
 *
 * @throws RangeError for a `maxLength` that is not a positive integer.
 */
export function checkTemplate(template: PromptTemplate, options: TemplateCheckOptions): CandidateProblem[] {
  const { placeholders, example, maxLength = 100_000 } = options;
  if (!Number.isSafeInteger(maxLength) || maxLength <= 0) {
    throw new RangeError(
      `Cannot check the template as 'maxLength' must be a positive integer: current value is ${maxLength}`,
    );
  }
  const text = template.template;
  if (text.trim() === '') return [{ reason: 'empty', message: 'The candidate is empty' }];
  // Nothing else is read of a text that is too long.
  if (text.length > maxLength) {
    return [{ reason: 'too-long', message: `The candidate has ${text.length} characters of at most ${maxLength}` }];
  }
  const damage = template.check();
  if (damage.length > 0) return [...damage, ...wrapping(text)];
  const names = placeholderProblems(template.placeholders(), placeholders);
  const asks = names.some(({ reason }) => reason === 'unknown-placeholder');
  return [...names, ...(asks ? [] : trial(template, placeholders, example)), ...wrapping(text)];
}

function placeholderProblems(found: readonly string[], wanted: readonly string[]): CandidateProblem[] {
  const lost = wanted.filter((name) => !found.includes(name));
  const extra = found.filter((name) => !wanted.includes(name));
  return [
    ...lost.map(
      (variable): CandidateProblem => ({
        reason: 'missing-placeholder',
        message: `The candidate lost the placeholder '${variable}'`,
        variable,
      }),
    ),
    ...extra.map((variable): CandidateProblem => {
      const suggestion = closestName(variable, wanted);
      return {
        reason: 'unknown-placeholder',
        message: `The candidate asks for ${quoteName(variable)}, which is not given${hintFor(variable, suggestion)}`,
        variable,
        available: wanted,
        ...(suggestion === undefined ? {} : { suggestion }),
      };
    }),
  ];
}

function trial(
  template: PromptTemplate,
  placeholders: readonly string[],
  example: Readonly<Record<string, unknown>> | undefined,
): readonly TemplateProblem[] {
  const pick = (value: (name: string) => unknown): Record<string, unknown> =>
    Object.fromEntries(placeholders.map((name) => [name, value(name)]));
  if (example !== undefined)
    return template.check(pick((name) => (Object.hasOwn(example, name) ? example[name] : undefined)));
  // What works with the empty text relies on no character in it, and what works with this sentence reads no format specification from it:
  // such an f-string works with every text.
  const withEmpty = template.check(pick(() => ''));
  return withEmpty.length > 0 ? withEmpty : template.check(pick(() => 'What a task says.'));
}

const CODE_FENCE = /^\s*(?<fence>`{3,}|~{3,})[^\n`]*\n[\s\S]*\n\k<fence>\s*$/;
const PREAMBLE =
  /^\s*(?:(?:sure|certainly|of course|okay|ok|absolutely)\b[,.! ]*)?(?:here(?:'s|’s| is| are)|below is|this is|i(?:'ve|’ve| have))\b[^\n]*\b(?:prompt|template|version|revision)\b[^\n]*:[ \t*]*\n/i;

function wrapping(text: string): CandidateProblem[] {
  const problems: CandidateProblem[] = [];
  if (CODE_FENCE.test(text)) problems.push({ reason: 'code-fence', message: 'The candidate stands in a code fence' });
  if (PREAMBLE.test(text)) problems.push({ reason: 'preamble', message: 'The candidate begins by announcing itself' });
  return problems;
}
