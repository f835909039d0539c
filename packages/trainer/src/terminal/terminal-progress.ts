import { refuseUnknownOptions, systemClock } from '@agentlightning/core';
import {
  counted,
  duration,
  emptyRunView,
  endedRollouts,
  grouped,
  isCounterEvent,
  type RunView,
  secondsLeft,
  updateRunView,
} from '@agentlightning/core/run';
import { spendOfBudget } from '../budget/show-spend.ts';
import type { FitResult } from '../fit-result.ts';
import { readRunView } from '../run-directory/read-run-view.ts';
import type { RunStream } from '../run-stream.ts';
import type { TrainerEvent } from '../trainer-event.ts';
import { eventLine } from './event-line.ts';
import { RunLog } from './run-log.ts';
import { nowText, runScreen } from './run-screen.ts';
import { readTerminalEnvironment } from './terminal-environment.ts';
import { TerminalScreen } from './terminal-screen.ts';
import { visibleLine, visibleText } from './terminal-text.ts';

/** Where progress is shown: `process.stderr` and `process.stdout` fit. */
export interface TerminalLike {
  write(text: string): unknown;
  /** A terminal that can redraw lines; otherwise plain lines are written, as for a file or a log. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** What was written so far, by anybody: what others have written is not written over. */
  readonly bytesWritten?: number;
  /**
   * Where there is one, the end of the output (a closed pipe, a terminal that is gone) is no end of the run: nothing more is shown. `resize` tells that `columns` or
   * `rows` have changed.
   */
  on?(event: 'error' | 'resize', listener: () => void): unknown;
  off?(event: 'error' | 'resize', listener: () => void): unknown;
}

/** How {@link TerminalProgress} shows a run. */
export interface TerminalProgressOptions {
  /** Default `process.stderr`. */
  readonly output?: TerminalLike;
  /** Shown beside the algorithm's name instead of the run's own label, see `TrainerOptions`. */
  readonly label?: string;
  /** Default: as the environment says (`NO_COLOR`, `FORCE_COLOR`, `TERM`), otherwise on a terminal. */
  readonly colors?: boolean;
  /** Milliseconds; for tests. Default: the machine's monotonic clock. */
  readonly now?: () => number;
}

/** Redraw at most this often, in milliseconds. */
const REDRAW_MS = 85;
/** The time that has gone by is shown anew this often. */
const TICK_MS = 1000;
/** Where lines are written: the first one about where the run stands after this time, and the next ones after longer and longer, up to so long. */
const FIRST_LINE_MS = 5000;
const LONGEST_LINE_MS = 60_000;
/** How many events are kept for a look back. */
const MOST_RECENT = 3;
/** The pace is that of the rollouts that ended in this time. */
const PACE_MS = 20_000;
/** The time left is told when rollouts have ended for so long. */
const ESTIMATE_AFTER_MS = 3000;
/** How often others may write between two frames, before lines are written instead of frames. */
const MOST_INTERRUPTIONS = 3;

/**
 * Shows a run while it works. On a terminal it is a screen that is drawn in place, at most twelve times a second and when something has changed: round, what is being done, rollouts,
 * models, budget, where the time goes, the search as a tree, what is wrong, the last events. Elsewhere, and where something else keeps writing to the same
 * terminal, it is a line for each round, each validation and whatever is wrong, and now and then where the run stands. Of a run that goes on it shows what was before as well.
 *
 * @example
 * ```ts
 * const run = await new TerminalProgress().follow(trainer.stream(agent, trainTasks, { valDataset }));
 * ```
 */
export class TerminalProgress {
  readonly #output: TerminalLike;
  readonly #label: string | undefined;
  readonly #now: () => number;
  readonly #start: number;
  /** Seconds since the epoch. */
  readonly #startTime: number;
  /** `undefined` where lines are written. */
  #screen: TerminalScreen | undefined;
  #view: RunView = emptyRunView;
  readonly #log = new RunLog();
  #recent: string[] = [];
  #paceMarks: { readonly time: number; readonly ended: number }[] = [];
  /** When this process began with the run, and how many seconds others had worked on it before. */
  #began = { time: 0, workedBefore: 0 };
  /** When the first rollout had ended; `undefined` as long as none has. What was before is no measure of the pace. */
  #firstEnded: number | undefined;
  #lastDrawn = -Infinity;
  /** Since the last frame. */
  #hasChanged = false;
  #nextStanding = Infinity;
  #lastStanding = '';
  #timer: NodeJS.Timeout | undefined;
  /** What all outputs of the terminal had written after the last frame. */
  #writtenBytes = 0;
  #interruptions = 0;
  #isGone = false;
  #isClosed = false;

  constructor(options: TerminalProgressOptions = {}) {
    refuseUnknownOptions('Cannot show the progress', options, ['output', 'label', 'colors', 'now']);
    this.#output = options.output ?? process.stderr;
    this.#label = options.label;
    this.#now = options.now ?? (() => performance.now());
    this.#start = this.#now();
    this.#startTime = systemClock.now();
    this.#began.time = this.#start;
    const { canRedraw, colors } = readTerminalEnvironment(this.#output);
    if (canRedraw) this.#screen = new TerminalScreen(this.#output, { colors: options.colors ?? colors });
    this.#output.on?.('error', this.#onError);
    if (canRedraw) this.#output.on?.('resize', this.#onResize);
  }

  /**
   * Shows all events of a run, and is done with the terminal however it ends.
   * @returns what the run came to
   * @throws what the run rejects with
   */
  async follow<TResult>(stream: RunStream<TResult>): Promise<FitResult<TResult>> {
    try {
      for await (const event of stream) this.show(event);
      return await stream.result;
    } catch (error) {
      this.#view = updateRunView(this.#view, { type: 'run-failed', error: firstLine(error) });
      throw error;
    } finally {
      this.close();
    }
  }

  /** Takes the next event and shows what has changed. After the last one of a run that fails, or is not watched to its end, call {@link close}. */
  show(event: TrainerEvent): void {
    if (this.#isClosed) return;
    this.#take(event);
    const told = event.type === 'run-started' ? { ...event, label: this.#label ?? event.label } : event;
    // Also where a screen is drawn: others may write there, and lines take its place.
    const lines = this.#log.take(told, this.#view);
    if (this.#screen === undefined) this.#writeEvent(event, lines);
    else if (event.type === 'run-ended' || event.type === 'stopping') this.#draw();
    else this.#drawSoon();
    if (event.type === 'run-ended') this.close();
  }

  /** Shows where the run stands, and leaves the terminal to others. Once is enough, and after `run-ended` it is done. */
  close(): void {
    if (this.#isClosed) return;
    if (this.#screen !== undefined) this.#draw();
    else for (const line of this.#log.flush()) this.#writeLine(line);
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#output.off?.('resize', this.#onResize);
    // That the output is gone is told after the write.
    setImmediate(() => this.#output.off?.('error', this.#onError));
  }

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onError = (): void => {
    this.#isGone = true;
  };

  readonly #onResize = (): void => {
    if (!this.#isClosed && this.#view.runId !== null) this.#drawSoon();
  };

  #take(event: TrainerEvent): void {
    if (event.type === 'run-started' && event.isResumed && event.runDirectory !== null) {
      this.#view = this.#earlier(event.runDirectory);
      const { time, spend } = this.#view;
      this.#began = { time: this.#now(), workedBefore: time?.wall ?? (spend?.minutes ?? 0) * 60 };
    }
    this.#view = updateRunView(this.#view, event);
    if (this.#label !== undefined) this.#view = { ...this.#view, label: this.#label };
    const now = this.#now();
    if (event.type === 'rollouts') this.#markPace(now);
    if (endedRollouts(this.#view) > 0) this.#firstEnded ??= now;
    const line = isCounterEvent(event) || isShownAside(event) ? undefined : eventLine(event);
    if (line !== undefined && line !== this.#recent.at(-1)) this.#recent = [...this.#recent, line].slice(-MOST_RECENT);
  }

  /** What a run was before this process. It is for information: without it the run is shown from here on. */
  #earlier(directory: string): RunView {
    try {
      return readRunView(directory, this.#startTime);
    } catch {
      return this.#view;
    }
  }

  #markPace(time: number): void {
    const ended = endedRollouts(this.#view);
    if (this.#paceMarks.at(-1)?.ended !== ended) this.#paceMarks.push({ time, ended });
    while (this.#paceMarks.length > 1 && this.#paceMarks[0]!.time < time - PACE_MS) this.#paceMarks.shift();
  }

  get #pace(): number | undefined {
    const [first] = this.#paceMarks;
    const last = this.#paceMarks.at(-1);
    const now = this.#now();
    if (first === undefined || last === undefined || last.ended === first.ended || now - first.time < TICK_MS) {
      return undefined;
    }
    return ((last.ended - first.ended) / (now - first.time)) * 1000;
  }

  get #workedSeconds(): number {
    return this.#began.workedBefore + (this.#now() - this.#began.time) / 1000;
  }

  /** An estimate of it; `undefined` while there is too little to go by. */
  get #secondsLeft(): number | undefined {
    const now = this.#now();
    if (this.#firstEnded === undefined || now - this.#firstEnded < ESTIMATE_AFTER_MS) return undefined;
    return secondsLeft(this.#view, this.#workedSeconds - (this.#firstEnded - this.#began.time) / 1000);
  }

  /** Draws now, or when it is time to; and again when nothing happens. */
  #drawSoon(): void {
    this.#hasChanged = true;
    const wait = this.#lastDrawn + REDRAW_MS - this.#now();
    if (wait <= 0) this.#draw();
    else this.#wakeIn(wait);
  }

  #wakeIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), milliseconds);
    // The run keeps the process alive, not what shows it.
    this.#timer.unref();
  }

  /** Whoever has written since the last frame is not written over by a clock: only by what happens in the run. */
  #tick(): void {
    this.#timer = undefined;
    if (this.#screen === undefined) {
      this.#writeStanding();
      return;
    }
    if (!this.#hasChanged && this.#othersHaveWritten()) return;
    this.#draw();
  }

  #draw(): void {
    const screen = this.#screen;
    if (screen === undefined || this.#isGone) return;
    if (this.#othersHaveWritten()) {
      screen.leave();
      this.#interruptions += 1;
      if (this.#interruptions > MOST_INTERRUPTIONS) {
        this.#screen = undefined;
        this.#write('others write here too: from here on a line when something happens\n');
        return;
      }
    }
    this.#lastDrawn = this.#now();
    this.#hasChanged = false;
    const { width, height } = screen;
    const lines = runScreen({
      view: this.#view,
      workedSeconds: this.#workedSeconds,
      secondsLeft: this.#secondsLeft,
      pace: this.#pace,
      recent: this.#recent,
      width,
      height,
    });
    this.#guarded(() => screen.draw(lines));
    if (!this.#isClosed) this.#wakeIn(TICK_MS);
  }

  #othersHaveWritten(): boolean {
    return this.#lastDrawn !== -Infinity && this.#bytesOnTerminal() !== this.#writtenBytes;
  }

  /** Standard output and standard error are the same terminal, if both are one. */
  #bytesOnTerminal(): number {
    const own: TerminalLike[] = [process.stdout, process.stderr];
    const outputs = own.includes(this.#output) ? own.filter(({ isTTY }) => isTTY) : [this.#output];
    return outputs.reduce((sum, { bytesWritten }) => sum + (bytesWritten ?? 0), 0);
  }

  #write(text: string): void {
    this.#guarded(() => this.#output.write(text));
  }

  #guarded(write: () => unknown): void {
    try {
      write();
      this.#writtenBytes = this.#bytesOnTerminal();
    } catch {
      // The output's end is not the run's.
      this.#isGone = true;
    }
  }

  #writeEvent(event: TrainerEvent, lines: readonly string[]): void {
    for (const line of lines) this.#writeLine(line);
    if (event.type === 'run-ended')
      this.#writeLine(`${event.stopReason} after ${duration(this.#workedSeconds)}: ${this.#endText()}`);
    else if (this.#nextStanding === Infinity) this.#standAgain();
    else if (this.#now() >= this.#nextStanding) this.#writeStanding();
  }

  /** Where the run stands, for a sign of life: also when nothing has changed, unless it only waits for others to ask something of it. */
  #writeStanding(): void {
    if (this.#isGone || this.#isClosed) return;
    const text = this.#standingText();
    if (text !== this.#lastStanding || this.#view.algorithm !== null) {
      for (const line of this.#log.flush()) this.#writeLine(line);
      this.#writeLine(text);
    }
    this.#lastStanding = text;
    this.#standAgain();
  }

  #standAgain(): void {
    const wait = Math.min(LONGEST_LINE_MS, Math.max(FIRST_LINE_MS, (this.#now() - this.#start) / 10));
    this.#nextStanding = this.#now() + wait;
    this.#wakeIn(wait);
  }

  #writeLine(text: string): void {
    if (this.#isGone) return;
    const time = duration((this.#now() - this.#start) / 1000).padStart(7);
    this.#write(`${time}  ${visibleText(text).replaceAll('\n', ' ')}\n`);
  }

  #standingText(): string {
    const { rollouts, spend, budget, round, rounds, plannedRollouts } = this.#view;
    const ended = endedRollouts(this.#view);
    const left = this.#secondsLeft;
    const now = rollouts.running > 0 ? `${grouped(rollouts.running)} running` : nowText(this.#view);
    return [
      ...(rounds === 0 || round === 0 ? [] : [`round ${round} of ${rounds}`]),
      `${grouped(ended)} ${plannedRollouts === null ? '' : `of about ${grouped(Math.max(plannedRollouts, ended))} `}rollouts done`,
      ...(now === '' ? [] : [now]),
      ...(rollouts.failed === 0 ? [] : [`${grouped(rollouts.failed)} failed`]),
      ...(left === undefined ? [] : [`about ${duration(left)} left`]),
      ...(spend === null || budget === null ? [] : [`budget: ${spendOfBudget(spend, budget)}`]),
    ].join(', ');
  }

  #endText(): string {
    return `${counted(endedRollouts(this.#view), 'rollout')}, ${grouped(this.#view.rollouts.failed)} failed`;
  }
}

/** Whether the screen has a place of its own for it. */
function isShownAside({ type }: TrainerEvent): boolean {
  return (
    type === 'warning' || type === 'finding' || type === 'stopping' || type === 'held-out' || type === 'run-started'
  );
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return visibleLine(text.split('\n', 1)[0]!).slice(0, 300);
}
