/** A value as one line of text, cut off where it becomes long. Reads no more of the value than it takes. */
export function excerptOf(value: unknown, maxLength = 160): string {
  const pieces: string[] = [];
  let left = maxLength;
  const put = (text: string) => {
    pieces.push(left >= text.length ? text : text.slice(0, Math.max(0, left)));
    left -= text.length;
  };
  write(value, put, () => left > 0, 0);
  const text = pieces.join('').replace(/\s+/g, ' ').trim();
  return left < 0 ? `${text.trimEnd()}…` : text;
}

/** Nested deeper, a value says nothing at a glance. */
const MAX_DEPTH = 6;

function write(value: unknown, put: (text: string) => void, hasRoom: () => boolean, depth: number): void {
  if (typeof value !== 'object' || value === null) {
    put(typeof value === 'string' ? value : String(value));
    return;
  }
  const entries: Iterable<readonly [string, unknown]> = Array.isArray(value)
    ? value.map((item: unknown) => ['', item] as const)
    : Object.entries(value);
  if (depth >= MAX_DEPTH) {
    put('…');
    return;
  }
  if (depth > 0) put(Array.isArray(value) ? '[' : '{');
  let isFirst = true;
  for (const [key, item] of entries) {
    if (!hasRoom()) break;
    if (!isFirst) put(depth === 0 ? ' · ' : ', ');
    isFirst = false;
    if (key !== '') put(`${key}: `);
    write(item, put, hasRoom, depth + 1);
  }
  if (depth > 0) put(Array.isArray(value) ? ']' : '}');
}
