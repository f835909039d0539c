import type { Json } from '@agentlightning/core';

/** Least characters of a string that survive, so that a cut leaves something to read. */
const LEAST_CAP = 80;

/**
 * The value with its longest strings cut in the middle, so that all strings together have about `budget` characters. Short ones stay whole as
 * long as cutting the long ones suffices.
 */
export function fitStrings(value: Json, budget: number): Json {
  const cap = Math.max(LEAST_CAP, capFor(stringLengths(value), budget));
  return mapStrings(value, (text) => cutMiddle(text, cap));
}

/** The text with its middle replaced by a note of how much is missing, if it has more than `cap` characters. */
export function cutMiddle(text: string, cap: number): string {
  if (text.length <= cap) return text;
  const head = wholeCharacters(text, Math.ceil(cap / 2));
  const tail = wholeCharacters(text, text.length - Math.floor(cap / 2));
  return `${text.slice(0, head)} […${tail - head} characters left out…] ${text.slice(tail)}`;
}

/** Moves a position off the middle of a surrogate pair. */
function wholeCharacters(text: string, position: number): number {
  const isLow = /[\uDC00-\uDFFF]/.test(text[position] ?? '');
  return isLow ? position - 1 : position;
}

/** The cap at which `lengths` come to `budget` when each is cut to it: the short ones leave their share to the long ones. */
function capFor(lengths: readonly number[], budget: number): number {
  const ascending = lengths.toSorted((a, b) => a - b);
  let rest = budget;
  for (const [index, length] of ascending.entries()) {
    const share = Math.floor(rest / (ascending.length - index));
    if (length > share) return share;
    rest -= length;
  }
  return Number.POSITIVE_INFINITY;
}

function stringLengths(value: Json): number[] {
  if (typeof value === 'string') return [value.length];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringLengths) : [];
}

function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStrings(item, change)]));
}
