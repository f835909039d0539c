import { type Line, paintLine, plainLine } from './styled-line.ts';
import { textWidth } from './terminal-text.ts';

/** Where a {@link TerminalScreen} draws. */
export interface ScreenOutput {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/**
 * Some lines that are written over in place. Each frame is one write, and between frames the cursor is at the beginning of the line below the last one, visible:
 * wherever the process ends, the terminal is sound.
 */
export class TerminalScreen {
  readonly #output: ScreenOutput;
  readonly #colors: boolean;
  /** What is on the terminal, as it was painted, and how wide each line is. */
  #drawn: readonly { readonly painted: string; readonly width: number }[] = [];
  /** How large the terminal was then. */
  #drawnSize = '';

  constructor(output: ScreenOutput, options: { readonly colors: boolean }) {
    this.#output = output;
    this.#colors = options.colors;
  }

  /** Columns that a line may take. The last one stays empty: what is written there makes some terminals begin a new line. */
  get width(): number {
    return Math.max(20, this.#columns - 1);
  }

  /** Lines that a frame may have: all but the one where the cursor is. */
  get height(): number {
    return Math.max(4, (this.#output.rows || 24) - 1);
  }

  /** Writes the lines over those of the last frame. @returns whether anything was to be written */
  draw(lines: readonly Line[]): boolean {
    const next = lines.map((line) => ({
      painted: paintLine(line, this.width, this.#colors),
      width: Math.min(this.width, textWidth(plainLine(line))),
    }));
    const size = `${this.#columns} × ${this.height}`;
    const isResized = this.#drawnSize !== size;
    const same = isResized ? 0 : commonStart(this.#drawn, next);
    if (!isResized && same === next.length && same === this.#drawn.length) return false;
    const up = this.#rowsOnTerminal() - same;
    // A terminal shows ^C where the cursor is, and leaves it there.
    const start = this.#drawn.length === 0 ? '' : `\r${up > 0 ? `\x1b[${up}A` : ''}`;
    // A terminal of another size may have broken lines, or moved some out of sight: nothing of them is kept.
    const clear = isResized && this.#drawn.length > 0 ? '\x1b[J' : '';
    const changed = next
      .slice(same)
      .map(({ painted }, index) =>
        !isResized && painted === this.#drawn[same + index]?.painted ? '\n' : `${painted}\x1b[K\n`,
      );
    this.#output.write(`${start}${clear}${changed.join('')}\x1b[J`);
    this.#drawn = next;
    this.#drawnSize = size;
    return true;
  }

  /** Leaves the last frame where it is: the next one is drawn below. */
  leave(): void {
    this.#drawn = [];
  }

  /** A terminal that does not tell is taken for a usual one. */
  get #columns(): number {
    return this.#output.columns || 80;
  }

  /** How many rows the last frame takes: a terminal that has become narrower has broken lines that do not fit any more. */
  #rowsOnTerminal(): number {
    const columns = this.#columns;
    return this.#drawn.reduce((rows, { width }) => rows + Math.max(1, Math.ceil(width / columns)), 0);
  }
}

function commonStart(
  before: readonly { readonly painted: string }[],
  next: readonly { readonly painted: string }[],
): number {
  const changed = next.findIndex(({ painted }, index) => painted !== before[index]?.painted);
  return changed === -1 ? Math.min(next.length, before.length) : changed;
}
