import { createRequire } from 'node:module';

// Loaded when something is shown, which no runner thread does.
const require = createRequire(import.meta.url);

const ELLIPSIS = '…';
/** What a terminal shows in as many columns as it has characters: ASCII, and what screens of ours are drawn with. Most lines are nothing else. */
const ONE_COLUMN_EACH = /^[\x20-\x7e·×–—…−→─-▟●★]*$/;
/**
 * What would move the cursor, change colours, ring, or turn the direction of what follows: C0 and C1, DEL, the separators of lines, marks of direction, and
 * halves of surrogate pairs.
 */
const CONTROLS = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;

/** Text of a model or an agent as a terminal may show it, in one line: white space is a space, and other controls are written out, as in `\x1b[31m`. */
export function visibleLine(text: string): string {
  return visibleText(text.replace(/\s+/g, ' '));
}

/** Likewise with its lines: line ends stay, tabs are spaces. */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', '    ')
    .replace(CONTROLS, (control) => (control === '\n' ? control : escaped(control)));
}

function escaped(control: string): string {
  const code = control.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** How many columns a text without controls takes. */
export function textWidth(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length;
  const { default: stringWidth } = require('string-width') as typeof import('string-width');
  return stringWidth(text);
}

/** As much of a text as fits, with an ellipsis where something is left out. Letters are not parted from their marks. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 0) return '';
  let cut = '';
  let taken = 0;
  for (const { segment } of graphemes(text)) {
    taken += textWidth(segment);
    if (taken > width - 1) break;
    cut += segment;
  }
  return `${cut}${ELLIPSIS}`;
}

/** Breaks a text at spaces, and words that are too long anywhere. What does not fit into `most` lines ends in an ellipsis. */
export function wrapText(text: string, width: number, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => partsOf(part, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cutText(`${lines[most - 1]} ${ELLIPSIS}`, width)];
}

function partsOf(word: string, width: number): readonly string[] {
  if (textWidth(word) <= width) return [word];
  const parts: string[] = [''];
  let taken = 0;
  for (const { segment } of graphemes(word)) {
    const own = textWidth(segment);
    if (taken + own > width) {
      parts.push('');
      taken = 0;
    }
    parts[parts.length - 1] += segment;
    taken += own;
  }
  return parts;
}

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}
