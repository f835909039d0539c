import { refuseUnknownOptions } from '@agentlightning/core';
import {
  emptyRunView,
  endedRollouts,
  type RunView,
  type StopStep,
  secondsLeft,
  updateRunView,
} from '@agentlightning/core/run';
import { spendOfBudget } from '../budget/show-spend.ts';
import type { TrainerEvent } from '../trainer-event.ts';

/** Where progress is shown: `process.stderr` and `process.stdout` fit. */
export interface TerminalLike {
  write(text: string): unknown;
  /** A terminal that can redraw lines; otherwise plain lines are written, as for a file or a log. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Where there is one, the end of the output (a closed pipe, a terminal that is gone) is no end of the run: nothing more is shown. */
  on?(event: 'error', listener: () => void): unknown;
}

/** How {@link TerminalProgress} shows a run. */
export interface TerminalProgressOptions {
  /** Default `process.stderr`. */
  readonly output?: TerminalLike;
  /** Shown beside the algorithm's name, e.g. `simulated models`. */
  readonly label?: string;
  /** Milliseconds; for tests. Default: the machine's monotonic clock. */
  readonly now?: () => number;
}

/** Redraw at most this often, in milliseconds. */
const REDRAW_MS = 80;
/** Without a terminal to redraw: a line about the rollouts at most this often. */
const LINE_MS = 5000;
const BAR_WIDTH = 24;

/** What is going on after each Ctrl-C, and what the next one does. */
const STOPPING: Readonly<Record<StopStep, string>> = {
  drain: 'stopping: what is in flight may finish; Ctrl-C again aborts it',
  abort: 'stopping: what is in flight is aborted; Ctrl-C again ends the threads it runs in',
  terminate: 'stopping: threads are ended; Ctrl-C again ends the process',
  kill: 'stopped at once',
};

/**
 * Shows a run while it works: round, candidates, rollouts, best score, time left. Redraws a few lines on a terminal; elsewhere writes a line when something
 * happens.
 *
 * @example
 * ```ts
 * const stream = trainer.stream(agent, trainTasks, { valDataset });
 * const progress = new TerminalProgress();
 * for await (const event of stream) progress.show(event);
 * const run = await stream.result;
 * ```
 */
export class TerminalProgress {
  readonly #output: TerminalLike;
  readonly #label: string;
  readonly #now: () => number;
  readonly #start: number;
  #view: RunView = emptyRunView;
  #drawnLines = 0;
  #lastDrawn = -Infinity;
  #isGone = false;

  constructor(options: TerminalProgressOptions = {}) {
    refuseUnknownOptions('Cannot show the progress', options, ['output', 'label', 'now']);
    this.#output = options.output ?? process.stderr;
    this.#label = options.label ?? '';
    this.#now = options.now ?? (() => performance.now());
    this.#start = this.#now();
    this.#output.on?.('error', () => {
      this.#isGone = true;
    });
  }

  /** Takes the next event and shows what has changed. */
  show(event: TrainerEvent): void {
    this.#view = updateRunView(this.#view, event);
    if (this.#isGone) return;
    if (this.#output.isTTY) this.#redraw(event.type === 'run-ended' || event.type === 'stopping');
    else this.#writeLine(event);
  }

  /** One write, from the beginning of the first line to the beginning of the line below the last: wherever the process ends, no line is half. */
  #redraw(isUrgent: boolean): void {
    const now = this.#now();
    if (!isUrgent && now - this.#lastDrawn < REDRAW_MS) return;
    this.#lastDrawn = now;
    const width = Math.max(20, (this.#output.columns || 80) - 1);
    const lines = this.#lines().map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
    // A terminal shows ^C where the cursor is, and leaves it there.
    const up = this.#drawnLines === 0 ? '' : `\r\x1b[${this.#drawnLines}A`;
    this.#output.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`);
    this.#drawnLines = lines.length;
  }

  #lines(): string[] {
    const { candidates, dropped, rollouts, best, firstScore, stopStep, stopReason } = this.#view;
    const title = [this.#view.algorithm ?? 'Serving the queue', this.#label].filter((part) => part !== '').join(' · ');
    const scored = `${candidates.length} proposed · ${dropped.length} dropped`;
    const failed = rollouts.failed === 0 ? '' : ` · ${rollouts.failed} failed`;
    return [
      `${title}   ${this.#roundText()}${this.#timeText()}`,
      `  rollouts    ${this.#bar()} ${this.#rolloutText()} · ${rollouts.running} running${failed}`,
      `  candidates  ${scored}`,
      `  best score  ${best === null ? '–' : `${best.score.toFixed(3)} (${best.version})`}${firstScore === null ? '' : `, began at ${firstScore.toFixed(3)}`}`,
      ...this.#budgetText('  budget      '),
      ...(stopStep === null || stopReason !== null ? [] : [`  ${STOPPING[stopStep]}`]),
    ];
  }

  /** One text, or none without a budget. */
  #budgetText(before: string): string[] {
    const { spend, budget } = this.#view;
    return spend === null || budget === null ? [] : [`${before}${spendOfBudget(spend, budget)}`];
  }

  #roundText(): string {
    const { round, rounds } = this.#view;
    return rounds === 0 ? '' : `round ${round} of ${rounds} · `;
  }

  #timeText(): string {
    const elapsed = (this.#now() - this.#start) / 1000;
    if (this.#view.stopReason !== null) return `${this.#view.stopReason} after ${duration(elapsed)}`;
    const left = secondsLeft(this.#view, elapsed);
    return `${duration(elapsed)}${left === undefined ? '' : ` · about ${duration(left)} left`}`;
  }

  #rolloutText(): string {
    const { plannedRollouts } = this.#view;
    const ended = endedRollouts(this.#view);
    return plannedRollouts === null ? `${ended} done` : `${ended} of about ${Math.max(plannedRollouts, ended)} done`;
  }

  #bar(): string {
    const { plannedRollouts, stopReason } = this.#view;
    if (plannedRollouts === null || plannedRollouts === 0) return '·'.repeat(BAR_WIDTH);
    const share = stopReason === 'completed' ? 1 : Math.min(1, endedRollouts(this.#view) / plannedRollouts);
    const filled = Math.round(share * BAR_WIDTH);
    return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  }

  #writeLine(event: TrainerEvent): void {
    const text = this.#eventText(event);
    if (text === undefined) return;
    const seconds = ((this.#now() - this.#start) / 1000).toFixed(1).padStart(6);
    this.#output.write(`${seconds}s  ${text}\n`);
  }

  #eventText(event: TrainerEvent): string | undefined {
    switch (event.type) {
      case 'run-started': {
        const what = event.algorithm === null ? 'serving the queue' : `${event.algorithm} started`;
        return `${what}${this.#label === '' ? '' : ` (${this.#label})`}: ${event.nRunners} runners, seed ${event.seed}, ${event.runId}`;
      }
      case 'best':
        return `best score ${event.score.toFixed(3)} (${event.version})`;
      case 'rollouts':
        return this.#rolloutLine();
      case 'warning':
        return `warning: ${event.message}`;
      case 'stopping':
        return STOPPING[event.step];
      case 'run-ended':
        return `${event.stopReason}: ${this.#rolloutText()}, ${this.#view.rollouts.failed} failed`;
      case 'algorithm-event':
        return algorithmEventText(event.event);
      case 'budget-reached':
        return event.reached.message;
      case 'evaluation-started':
      case 'evaluation-ended':
      case 'spend':
      case 'model-calls':
      case 'rollout-failed':
      case 'time':
      case 'held-out':
      case 'finding-withdrawn':
        return undefined;
      case 'finding':
        return `warning: ${event.finding.message}`;
      default:
        return event satisfies never;
    }
  }

  #rolloutLine(): string | undefined {
    const now = this.#now();
    if (now - Math.max(this.#lastDrawn, this.#start) < LINE_MS) return undefined;
    this.#lastDrawn = now;
    const left = secondsLeft(this.#view, (now - this.#start) / 1000);
    const { running, failed } = this.#view.rollouts;
    const time = left === undefined ? '' : `, about ${duration(left)} left`;
    return [
      `rollouts ${this.#rolloutText()}, ${running} running, ${failed} failed${time}`,
      ...this.#budgetText('budget: '),
    ].join(', ');
  }
}

function algorithmEventText(event: Extract<TrainerEvent, { type: 'algorithm-event' }>['event']): string | undefined {
  switch (event.type) {
    case 'plan':
      return `plan: ${event.rounds} rounds, about ${event.rollouts} rollouts and ${event.modelCalls} optimiser calls`;
    case 'round-started':
      return `round ${event.round} of ${event.rounds}`;
    case 'round-ended':
      return `round ${event.round} ended${event.bestScore === null ? '' : `, best score ${event.bestScore.toFixed(3)}`}`;
    case 'candidate-scored': {
      const { version, score, unfinished } = event;
      const failed = event.failed === 0 ? '' : `, ${event.failed} failed`;
      const tasks = `${event.tasks} ${event.dataset === 'val' ? 'validation tasks' : 'sampled tasks'}`;
      if (score === null) return `  ${version} has no score: ${unfinished} of ${tasks} have no result${failed}`;
      return `  ${version} scored ${score.toFixed(3)} on ${tasks}${failed}`;
    }
    case 'candidate-dropped':
      return `  a child of ${event.parent} was dropped: ${event.reason}`;
    case 'candidate-proposed':
    case 'beam-chosen':
    case 'progress':
    case 'custom':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** `0:07`, `12:40`, `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '');
}
