/** A piece of {@link diffWords}. */
export interface DiffPart {
  readonly text: string;
  readonly change: 'same' | 'added' | 'removed';
}

/** Texts that differ in more places than that have little in common, and the page would stand still. */
const MOST_EDITS = 2500;

/**
 * What changed from one text to another, word by word: the shortest way from one to the other, as E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986),
 * finds it. Between two changes a space that stayed is part of both, so that a new sentence is one piece.
 *
 * @returns parts whose texts without the added ones are `before`, and without the removed ones `after`; texts that have little in common are one removed and one
 *   added part
 */
export function diffWords(before: string, after: string): readonly DiffPart[] {
  const [a, b] = [tokensOf(before), tokensOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [from, to] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const middle = edits(from, to) ?? [...changed(from, 'removed'), ...changed(to, 'added')];
  return merged(slid([...changed(a.slice(0, start), 'same'), ...middle, ...changed(a.slice(a.length - end), 'same')]));
}

/** How many words were added and removed. */
export function changesOf(parts: readonly DiffPart[]): { readonly added: number; readonly removed: number } {
  const wordsOf = (change: DiffPart['change']) =>
    parts.reduce((sum, part) => sum + (part.change === change ? (part.text.match(/\S+/g)?.length ?? 0) : 0), 0);
  return { added: wordsOf('added'), removed: wordsOf('removed') };
}

/** Words, spaces, and each other character by itself. */
function tokensOf(text: string): readonly string[] {
  return text.match(/\s+|[\p{L}\p{M}\p{N}_]+|[^\s]/gu) ?? [];
}

function changed(tokens: readonly string[], change: DiffPart['change']): readonly DiffPart[] {
  return tokens.map((text) => ({ text, change }));
}

/** `undefined` if there are too many. */
function edits(a: readonly string[], b: readonly string[]): readonly DiffPart[] | undefined {
  const rounds = furthestReaching(a, b);
  if (rounds === undefined) return undefined;
  const parts: DiffPart[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = rounds.length - 1; d >= 0; d -= 1) {
    const reached = rounds[d]!;
    const k = x - y;
    const isAdded = k === -d || (k !== d && reached[d + k - 1]! < reached[d + k + 1]!);
    const startX = d === 0 ? 0 : isAdded ? reached[d + k + 1]! : reached[d + k - 1]!;
    const startY = d === 0 ? 0 : startX - (isAdded ? k + 1 : k - 1);
    while (x > startX && y > startY) {
      x -= 1;
      y -= 1;
      parts.push({ text: a[x]!, change: 'same' });
    }
    if (d === 0) break;
    parts.push(isAdded ? { text: b[startY]!, change: 'added' } : { text: a[startX]!, change: 'removed' });
    [x, y] = [startX, startY];
  }
  return parts.reverse();
}

/** For each number of edits d how far each diagonal from -d to d was reached before: in `a`, at index d plus the diagonal. */
function furthestReaching(a: readonly string[], b: readonly string[]): readonly Int32Array[] | undefined {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const reached = new Int32Array(2 * most + 3);
  const zero = most + 1;
  const rounds: Int32Array[] = [];
  for (let d = 0; d <= most; d += 1) {
    rounds.push(reached.slice(zero - d, zero + d + 1));
    for (let k = -d; k <= d; k += 2) {
      const isAdded = k === -d || (k !== d && reached[zero + k - 1]! < reached[zero + k + 1]!);
      let x = isAdded ? reached[zero + k + 1]! : reached[zero + k - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reached[zero + k] = x;
      if (x >= a.length && x - k >= b.length) return rounds;
    }
  }
  return undefined;
}

/**
 * Moves what was only added, or only removed, as far to the end as it can stand: a sentence that was added behind another one begins behind the full stop of that, and
 * not before it.
 */
function slid(parts: readonly DiffPart[]): readonly DiffPart[] {
  const result = [...parts];
  for (let start = 0; start < result.length; start += 1) {
    const { change } = result[start]!;
    if (change === 'same') continue;
    let end = start;
    while (result[end]?.change === change) end += 1;
    const isAlone = (result[start - 1]?.change ?? 'same') === 'same' && result[end]?.change === 'same';
    while (isAlone && result[end]?.change === 'same' && result[end]!.text === result[start]!.text) {
      const { text } = result[start]!;
      result[start] = { text, change: 'same' };
      result[end] = { text, change };
      start += 1;
      end += 1;
    }
    start = end;
  }
  return result;
}

/** Puts neighbours together: between two texts that stayed, what was removed and then what was added. */
function merged(parts: readonly DiffPart[]): readonly DiffPart[] {
  const result: DiffPart[] = [];
  let [same, removed, added] = ['', '', ''];
  const flush = () => {
    const space = commonEnd(removed, added);
    if (space !== '') [removed, added] = [removed.slice(0, -space.length), added.slice(0, -space.length)];
    if (same !== '') result.push({ text: same, change: 'same' });
    if (removed !== '') result.push({ text: removed, change: 'removed' });
    if (added !== '') result.push({ text: added, change: 'added' });
    [same, removed, added] = [space, '', ''];
  };
  for (const [index, { text, change }] of parts.entries()) {
    if (change === 'removed') removed += text;
    else if (change === 'added') added += text;
    else if (isInGap(parts, index) && removed !== '' && added !== '') {
      removed += text;
      added += text;
    } else {
      if (removed !== '' || added !== '') flush();
      same += text;
    }
  }
  flush();
  flush();
  return result;
}

/** The space that both end with. */
function commonEnd(a: string, b: string): string {
  const end = a.slice(a.trimEnd().length);
  return b.slice(b.trimEnd().length) === end ? end : '';
}

/** A space alone between two changes. */
function isInGap(parts: readonly DiffPart[], index: number): boolean {
  const next = parts[index + 1];
  return next !== undefined && next.change !== 'same' && /^\s+$/.test(parts[index]!.text);
}
