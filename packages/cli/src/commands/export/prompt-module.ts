import type { BestPromptDocument, PromptTemplate } from '@agentlightning/core';
import { scoreText } from '@agentlightning/core/run';

/** Where a prompt comes from. */
export interface Origin {
  /** `null` for a prompt from a file. */
  readonly runId: string | null;
  readonly label: string | null;
  readonly document: Pick<BestPromptDocument, 'best_score' | 'best_version'>;
}

/**
 * The text of a TypeScript module with a prompt, whatever characters the prompt has: `bestPrompt` is the template, and `formatBestPrompt` takes its
 * placeholders, each by its name. A prompt that cannot be rendered here has the first alone.
 */
export function promptModule(prompt: PromptTemplate, origin: Origin): string {
  const placeholders = prompt.placeholders();
  const isRenderable = prompt.check().length === 0;
  return [
    `// ${headline(origin)}`,
    '// Written by agl export. Change the prompt by another search, not here.',
    "import { PromptTemplate } from 'agentlightning';",
    '',
    'export const bestPrompt = new PromptTemplate({',
    `  engine: '${prompt.engine}',`,
    `  template: ${templateLiteral(prompt.template)},`,
    '});',
    ...(isRenderable ? formatFunction(prompt, placeholders) : []),
    '',
  ].join('\n');
}

function formatFunction(prompt: PromptTemplate, placeholders: readonly string[]): string[] {
  if (placeholders.length === 0) {
    return [
      '',
      '/** The prompt, which has no placeholders. */',
      'export function formatBestPrompt(): string {',
      '  return bestPrompt.format();',
      '}',
    ];
  }
  const required = new Set(prompt.check({}).flatMap(({ variable }) => variable ?? []));
  return [
    '',
    '/** What the prompt is filled with. */',
    'export interface BestPromptValues {',
    ...placeholders.map(
      (name) => `  readonly ${propertyName(name)}${required.has(name) ? '' : '?'}: ${typeOf(prompt, name)};`,
    ),
    '}',
    '',
    '/** The prompt with its placeholders filled in. */',
    'export function formatBestPrompt(values: BestPromptValues): string {',
    '  return bestPrompt.format({ ...values });',
    '}',
  ];
}

/** What is only written is a word or a number; what is looked into, or goes through filters, may be anything. */
function typeOf({ engine, template }: PromptTemplate, name: string): string {
  const isLookedInto = template.includes(`{${name}.`) || template.includes(`{${name}[`);
  return engine === 'f-string' && !isLookedInto ? 'string | number | boolean' : 'unknown';
}

function headline({ runId, label, document: { best_score: score, best_version: version } }: Origin): string {
  const parts = [
    runId === null ? 'A best prompt' : `The best prompt of ${runId}`,
    ...(version === null ? [] : [version]),
    ...(score === null
      ? []
      : [`scored ${scoreText(score)} on the validation set that chose it${label === null ? '' : ` (${label})`}`]),
  ];
  // It is from files, and must not end the line of the comment.
  return parts.join(', ').replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** A line of the prompt on a line of its own, so that a change of the prompt is seen in a diff. */
function templateLiteral(template: string): string {
  const lines = template.split('\n');
  if (lines.length === 1) return stringLiteral(template);
  return `[\n${lines.map((line) => `    ${stringLiteral(line)},\n`).join('')}  ].join('\\n')`;
}

/** JSON is a subset of JavaScript. What editors and reviewers cannot see, or would take for the end of a line, or show in another order, is written as an escape. */
function stringLiteral(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringLiteral(name);
}
