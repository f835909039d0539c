import { createHash } from 'node:crypto';
import { isModelCallSpan, type PromptTemplate, type Span } from '@agentlightning/core';

/** Attributes that hold what a model was sent, in the layouts that adapters read. */
const REQUEST_KEYS = [
  'gen_ai.prompt.',
  'gen_ai.input.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.request.functions.',
  'ai.prompt',
];

/** How a text ends that was cut. */
const CUT = /… \[cut: \d+ characters\]$/;

/** A fragment says something from this length on, and needs not be longer than that; in letters, digits and spaces. */
const SHORTEST_FRAGMENT = 6;
const LONGEST_FRAGMENT = 60;

/** What stands for a value in a template. Of a `poml` template nobody knows what becomes of it. */
const PLACEHOLDERS: Readonly<Record<string, RegExp>> = {
  'f-string': /\{\{|\}\}|\{[^{}]*\}/g,
  jinja: /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs,
};

/** Ids of tool calls, which are others each time. */
const ID_KEY = /\.(id|tool_call_id)$/;

/** Identifies what the model calls of an attempt were sent, in whatever order; `undefined` if that is not recorded, or not as a whole. */
export function requestHash(spans: readonly Span[]): string | undefined {
  const calls = spans.filter(isModelCallSpan).map(requestTexts);
  if (calls.length === 0 || calls.some((texts) => texts.length === 0 || texts.some(([, text]) => CUT.test(text)))) {
    return undefined;
  }
  const requests = calls.map((texts) => JSON.stringify(texts.filter(([key]) => !ID_KEY.test(key)))).sort();
  return createHash('sha256').update(requests.join('\n')).digest('base64').slice(0, 16);
}

/**
 * Whether one of these fragments is in what the model calls of an attempt were sent.
 * @returns `undefined` if that cannot be told: there is nothing to look for, or what was sent is not recorded as a whole
 */
export function occursIn(spans: readonly Span[], fragments: readonly string[]): boolean | undefined {
  const texts = spans.filter(isModelCallSpan).flatMap((span) => requestTexts(span).map(([, text]) => text));
  if (fragments.length === 0 || texts.length === 0) return undefined;
  const sent = texts.map(wordsOf);
  if (fragments.some((fragment) => sent.some((text) => text.includes(fragment)))) return true;
  return texts.some((text) => CUT.test(text)) ? undefined : false;
}

/** What is written in a template between the places for values, as {@link occursIn} looks for it. */
export function promptFragments({ template, engine }: PromptTemplate): readonly string[] {
  const placeholders = PLACEHOLDERS[engine];
  if (placeholders === undefined) return [];
  return template
    .split(placeholders)
    .map((text) => wordsOf(text).slice(0, LONGEST_FRAGMENT))
    .filter((fragment) => fragment.length >= SHORTEST_FRAGMENT);
}

function requestTexts({ attributes }: Span): [key: string, text: string][] {
  return Object.entries(attributes)
    .filter(([key]) => REQUEST_KEYS.some((prefix) => key.startsWith(prefix)))
    .map(([key, value]): [string, string] => [key, typeof value === 'string' ? value : JSON.stringify(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Letters and digits alone: content in parts is JSON text, in which quotes and line breaks are written otherwise. */
function wordsOf(text: string): string {
  const words = text.replaceAll(/\\[nrtbf]/g, ' ').match(/[\p{L}\p{N}]+/gu);
  return words === null ? '' : words.join(' ');
}
