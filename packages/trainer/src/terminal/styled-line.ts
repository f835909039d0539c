import { cutText, textWidth } from './terminal-text.ts';

/** How a piece stands out. Two of the 16 colours at most, which themes keep readable on their background, and never the only sign of something. */
export type Style = 'bold' | 'faint' | 'good' | 'bad' | 'notable';

/** A text without controls, plain or in a style. */
export type Piece = string | { readonly text: string; readonly style: Style };

/** A line of pieces, left to right. */
export type Line = readonly Piece[];

const OPEN: Readonly<Record<Style, string>> = {
  bold: '\x1b[1m',
  faint: '\x1b[2m',
  good: '\x1b[32m',
  bad: '\x1b[31m',
  notable: '\x1b[36m',
};
const CLOSE = '\x1b[0m';

/** A piece in a style. */
export function styled(style: Style, text: string): Piece {
  return { text, style };
}

/** A line's text without its styles. */
export function plainLine(line: Line): string {
  return line.map(textOf).join('');
}

/** A line as it is sent to a terminal: cut to a width, and with colours if there are to be any. */
export function paintLine(line: Line, width: number, colors: boolean): string {
  return cutLine(line, width)
    .map((piece) =>
      typeof piece === 'string' || !colors ? textOf(piece) : `${OPEN[piece.style]}${piece.text}${CLOSE}`,
    )
    .join('');
}

function cutLine(line: Line, width: number): Line {
  if (textWidth(plainLine(line)) <= width) return line;
  const cut: Piece[] = [];
  let left = width;
  for (const piece of line) {
    const text = textOf(piece);
    const own = textWidth(text);
    // The last one keeps a column for the ellipsis.
    const shown = own < left ? text : cutText(`${text}…`, left);
    cut.push(typeof piece === 'string' ? shown : { ...piece, text: shown });
    if (own >= left) break;
    left -= own;
  }
  return cut;
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.text;
}
