import { type CandidateProblem, checkTemplate, PromptTemplate } from '@agentlightning/core';

/** What stands against a new prompt. */
interface CandidateVerdict {
  /** In words for the editor. Empty when nothing does. */
  readonly problems: readonly string[];
  /** Whether agents could not use it. Otherwise it is only badly wrapped (a code fence, an announcement) and would work. */
  readonly isUnusable: boolean;
}

/** Judges the texts that an editor hands back. */
export type CandidateCheck = (text: string) => CandidateVerdict;

const WRAPPING: readonly string[] = ['code-fence', 'preamble'];

/**
 * Makes the check for children of a seed: they must have its placeholders, no others, and format. `poml` is only required not to be
 * empty, as nobody but the agent can render it.
 *
 * @param exampleTask - a task of the dataset: where its fields are the placeholders, they say which kinds of values the template must take
 */
export function createCandidateCheck(seed: PromptTemplate, exampleTask: unknown): CandidateCheck {
  if (seed.engine === 'poml') return (text) => verdict(text.trim() === '' ? [EMPTY] : []);
  const placeholders = seed.placeholders();
  const examples = [undefined, exampleTask, Object.fromEntries(placeholders.map((name) => [name, 1]))].filter(
    isExample,
  );
  // The kinds of values that the agent fills in are not known, but the seed must take them.
  const example = examples.find((values) => checkTemplate(seed, checkOptions(placeholders, values)).every(isWrapping));
  const tolerated = new Set(checkTemplate(seed, checkOptions(placeholders, example)).map(({ reason }) => reason));
  return (text) => {
    const template = new PromptTemplate({ template: text, engine: seed.engine });
    const problems = checkTemplate(template, checkOptions(placeholders, example));
    return verdict(problems.filter(({ reason }) => !tolerated.has(reason)));
  };
}

/** The text as it becomes a prompt: without white space at its ends and at the ends of lines, and with `\n` as line break. */
export function tidyPrompt(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** What is equal for prompts that differ in white space only. */
export function ignoringWhitespace(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

const EMPTY: CandidateProblem = { reason: 'empty', message: 'The candidate is empty' };

function verdict(problems: readonly CandidateProblem[]): CandidateVerdict {
  return {
    problems: problems.map(({ message }) => message),
    isUnusable: problems.some((problem) => !isWrapping(problem)),
  };
}

function isWrapping({ reason }: CandidateProblem): boolean {
  return WRAPPING.includes(reason);
}

function isExample(value: unknown): value is Record<string, unknown> | undefined {
  return value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

function checkOptions(placeholders: readonly string[], example: Readonly<Record<string, unknown>> | undefined) {
  return example === undefined ? { placeholders } : { placeholders, example };
}
