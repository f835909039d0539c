import {
  dollars,
  duration,
  endedRollouts,
  type Finding,
  grouped,
  type RunView,
  scoreText,
  type TimeSplit,
  timeShares,
  verdictSentence,
} from '@agentlightning/core/run';
import { spendOfBudget } from '../budget/show-spend.ts';
import { STOPPING } from './event-line.ts';
import { searchTree, type TreeRow } from './search-tree.ts';
import { type Line, type Piece, plainLine, styled } from './styled-line.ts';
import { cutText, textWidth, visibleLine, wrapText } from './terminal-text.ts';

/** What a screen is drawn from. */
export interface RunScreenInput {
  readonly view: RunView;
  /** Seconds in which processes have worked on the run. */
  readonly workedSeconds: number;
  /** An estimate; `undefined` while there is nothing to go by. */
  readonly secondsLeft: number | undefined;
  /** Rollouts that end in a second, lately; `undefined` while there is nothing to go by. */
  readonly pace: number | undefined;
  /** The latest events in words, the newest last. */
  readonly recent: readonly string[];
  /** Columns that may be used, at least 20. */
  readonly width: number;
  /** Lines that may be used, at least 4. */
  readonly height: number;
}

/** A run as lines for a terminal: no more than there is room for, what matters most first to stay. */
export function runScreen(input: RunScreenInput): readonly Line[] {
  const { view, width, height } = input;
  const isHigh = height >= HIGH;
  // In the order in which they are drawn.
  const sections: readonly Section[] = [
    { block: fixed([titleLine(input), roundLine(input), ...nowLines(input, isHigh ? 2 : 1)]), least: 2, turn: 2 },
    {
      block: fixed([rolloutLine(input), modelLine(view, width), ...budgetLines(view), ...heldOutLines(input)]),
      least: 1,
      turn: 3,
    },
    { block: (most) => timeLines(view.time, width, Math.min(most, 4)), least: 0, turn: 5 },
    { block: (most) => treeLines(input, Math.min(most, MOST_CANDIDATES)), least: isHigh ? 8 : 3, turn: 6 },
    { block: (most) => troubleLines(input, Math.min(most, 8)), least: 1, turn: 4 },
    { block: (most) => recentLines(input, Math.min(most, 3)), least: isHigh ? 2 : 0, turn: 7 },
    { block: fixed(stopLines(view)), least: 1, turn: 1 },
  ];
  const wanted = sections.map(({ block }) => block(height).length);
  const gaps = isHigh ? wanted.filter((lines) => lines > 0).length - 1 : 0;
  const rooms = shareRoom(sections, wanted, height - gaps);
  const blocks = sections.map(({ block }, index) => block(rooms[index]!).slice(0, rooms[index]));
  const shown = blocks.filter((block) => block.length > 0);
  return isHigh ? shown.flatMap((block, index) => (index === 0 ? block : [[], ...block])) : shown.flat();
}

/** Some lines of the screen. */
interface Section {
  /** What is shown in so many lines, or fewer. */
  readonly block: (most: number) => readonly Line[];
  /** How many it gets before others get more than theirs. */
  readonly least: number;
  /** When it gets them, and then more: 1 is first. */
  readonly turn: number;
}

/** From so many lines on there are empty ones between sections. */
const HIGH = 20;
const MOST_CANDIDATES = 16;

function fixed(lines: readonly Line[]): Section['block'] {
  return (most) => lines.slice(0, most);
}

function shareRoom(sections: readonly Section[], wanted: readonly number[], height: number): readonly number[] {
  const rooms = sections.map(() => 0);
  const turns = sections.map((_, index) => index).sort((a, b) => sections[a]!.turn - sections[b]!.turn);
  let left = height;
  for (const share of [({ least }: Section) => least, () => Infinity]) {
    for (const index of turns) {
      const more = Math.min(left, Math.max(0, Math.min(wanted[index]!, share(sections[index]!)) - rooms[index]!));
      rooms[index]! += more;
      left -= more;
    }
  }
  return rooms;
}

function titleLine({ view, width }: RunScreenInput): Line {
  const name = visibleLine(view.algorithm ?? 'Serving the queue');
  const label = view.label === null || view.label === '' ? '' : ` · ${visibleLine(view.label)}`;
  const id = view.runId === null ? '' : ` · ${visibleLine(view.runId)}`;
  const hasRoom = textWidth(name + label + id) <= width;
  return [styled('bold', name), label, ...(hasRoom ? [styled('faint', id)] : [])];
}

function roundLine({ view, workedSeconds, secondsLeft: left }: RunScreenInput): Line {
  const { round, rounds, stopReason, failure } = view;
  const pieces: Piece[] = rounds === 0 ? [] : [`round ${round} of ${rounds} · `];
  if (failure !== null) return [...pieces, styled('bad', `failed after ${duration(workedSeconds)}`)];
  if (stopReason !== null) return [...pieces, `${stopReason} after ${duration(workedSeconds)}`];
  return [...pieces, duration(workedSeconds), left === undefined ? '' : ` · about ${duration(left)} left`];
}

function nowLines({ view, width }: RunScreenInput, most: number): readonly Line[] {
  if (view.stopReason !== null || view.failure !== null) return [];
  const text = nowText(view);
  return text === '' ? [] : wrapText(`now: ${text}`, width, most).map((line) => [line]);
}

/** What is being done, the most frequent first; empty if nobody says. */
export function nowText(view: RunView): string {
  const doing = new Map<string, number>();
  for (const part of view.parts) doing.set(part.doing, (doing.get(part.doing) ?? 0) + 1);
  const parts = [...doing].sort(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${visibleLine(what)}`);
  return parts.length === 0 ? evaluationText(view) : parts.join(', ');
}

/** Which sets are being run, when no part of the algorithm says what it is at. */
function evaluationText({ evaluations }: RunView): string {
  const modes = new Set(evaluations.filter(({ results }) => results === null).map(({ mode }) => mode));
  return [
    ...(modes.has('train') ? ['running training tasks'] : []),
    ...(modes.has('val') ? ['scoring on validation tasks'] : []),
    ...(modes.has('test') ? ['scoring on the test set, which the search never saw'] : []),
  ].join(', ');
}

/** Names of rows are this wide. */
const NAME_WIDTH = 10;

function row(name: string, ...pieces: readonly Piece[]): Line {
  return [styled('faint', name.padEnd(NAME_WIDTH)), ...pieces];
}

function rolloutLine({ view, pace, width }: RunScreenInput): Line {
  const { plannedRollouts, rollouts, stopReason } = view;
  const ended = endedRollouts(view);
  const total = plannedRollouts === null ? null : Math.max(plannedRollouts, ended);
  const share = stopReason === 'completed' ? 1 : total === null ? null : ended / Math.max(1, total);
  const cells = width >= 72 ? 16 : width >= 60 ? 10 : 6;
  const start = row(
    'rollouts',
    ...(share === null ? [] : [bar(share, cells), ' ']),
    `${grouped(ended)}${total === null ? ' done' : `/${grouped(total)}`}`,
  );
  return joined(start, width, [
    ...(rollouts.failed === 0 ? [] : [styled('bad', `${grouped(rollouts.failed)} failed`)]),
    ...(rollouts.running === 0 ? [] : [`${grouped(rollouts.running)} running`]),
    ...(pace === undefined || stopReason !== null ? [] : [paceText(pace)]),
    ...(rollouts.retried === 0 ? [] : [`${grouped(rollouts.retried)} retried`]),
    ...(rollouts.cancelled === 0 ? [] : [`${grouped(rollouts.cancelled)} cancelled`]),
  ]);
}

/** A line with as many more pieces as fit. */
function joined(start: Line, width: number, more: readonly Piece[]): Line {
  const line = [...start];
  for (const piece of more) {
    if (textWidth(plainLine([...line, ' · ', piece])) <= width) line.push(' · ', piece);
  }
  return line;
}

function bar(share: number, cells: number): Piece {
  const filled = Math.round(Math.min(1, share) * cells);
  return styled('notable', '█'.repeat(filled) + '░'.repeat(cells - filled));
}

function paceText(perSecond: number): string {
  if (perSecond >= 10) return `${Math.round(perSecond)}/s`;
  return perSecond >= 1 ? `${perSecond.toFixed(1)}/s` : `${(perSecond * 60).toFixed(perSecond * 60 < 10 ? 1 : 0)}/min`;
}

function modelLine({ spend, modelCalls, budget }: RunView, width: number): Line {
  if (spend === null) return row('models', `${grouped(modelCalls)} optimiser calls`);
  const { prompt, completion } = spend.tokens;
  const agent = spend.modelCalls.agent;
  const calls =
    width < 60
      ? `${grouped(modelCalls + agent)} calls`
      : `${grouped(modelCalls)} optimiser + ${grouped(agent)} agent calls`;
  // A budget in dollars has them in its own line.
  const usd = spend.usd === null || budget?.usd !== undefined ? '' : ` · ${dollars(spend.usd)}`;
  return row('models', `${calls} · ${shortNumber(prompt + completion)} tokens${usd}`);
}

function budgetLines({ spend, budget }: RunView): readonly Line[] {
  return spend === null || budget === null ? [] : [row('budget', spendOfBudget(spend, budget))];
}

function heldOutLines({ view, width }: RunScreenInput): readonly Line[] {
  if (view.heldOut === null) return [];
  const lines = wrapText(verdictSentence(view.heldOut), width - NAME_WIDTH, 3);
  return lines.map((line, index) => row(index === 0 ? 'held-out' : '', line));
}

/** The largest shares of the time, and what would have to be faster, which stays when there is little room. */
function timeLines(time: TimeSplit | null, width: number, most: number): readonly Line[] {
  const [largest, ...rest] =
    time === null ? [] : timeShares(time).map(({ name, share }) => `${name} ${Math.round(share * 100)} %`);
  if (time === null || largest === undefined) return [];
  const room = width - NAME_WIDTH;
  const bottleneck =
    time.bottleneck === null ? [] : wrapText(visibleLine(time.bottleneck), room, Math.max(1, most - 1));
  const shares = most > bottleneck.length ? [joined([largest], room, rest)] : [];
  return [...shares, ...bottleneck.map((line): Line => [line])].map((line, index) =>
    row(index === 0 ? 'time' : '', ...line),
  );
}

function treeLines({ view, width }: RunScreenInput, most: number): readonly Line[] {
  const { candidates, dropped } = view;
  if (candidates.length === 0 || most <= 0) return [];
  const hasHead = most >= 6;
  const room = most - (hasHead ? 1 : 0);
  const hasRest = candidates.length > room || (dropped.length > 0 && room > 1);
  const { rows, hidden } = searchTree(view, Math.max(1, hasRest ? room - 1 : room));
  const names = rows.map(({ branch, candidate }) => textWidth(branch + visibleLine(candidate.version)));
  const nameWidth = Math.min(Math.max(9, ...names), Math.max(9, Math.floor(width / 3)));
  const columns: TreeColumns = { isWide: width >= 76, nameWidth, range: scoreRange(rows) };
  const more = [
    ...(hidden === 0 ? [] : [`${grouped(hidden)} more`]),
    ...(dropped.length === 0 ? [] : [`${grouped(dropped.length)} dropped before they cost a rollout`]),
  ];
  return [
    ...(hasHead ? [headLine(columns)] : []),
    ...rows.map((each) => candidateLine(each, columns)),
    ...(hasRest && more.length > 0 ? [[styled('faint', `  ${more.join(' · ')}`)]] : []),
  ];
}

/** How the tree is laid out. */
interface TreeColumns {
  /** Whether there is room to draw the intervals. */
  readonly isWide: boolean;
  readonly nameWidth: number;
  /** Of the scale that they are drawn on. */
  readonly range: readonly [low: number, high: number];
}

function headLine({ isWide, nameWidth, range }: TreeColumns): Line {
  const scale = isWide ? `        ${scaleText(range, BAR_CELLS)}` : '';
  return [styled('faint', `  ${'candidate'.padEnd(nameWidth)} score  95 %        tasks ${scale}`.trimEnd())];
}

/** The two ends of the scale. */
function scaleText([low, high]: readonly [number, number], cells: number): string {
  const [from, to] = [shortBound(low), shortBound(high)];
  return from.padEnd(cells - to.length) + to;
}

function shortBound(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** The least and the greatest bound of the scores that are shown; 0 to 1 where they are all within. */
function scoreRange(rows: readonly TreeRow[]): readonly [low: number, high: number] {
  const bounds = rows.flatMap(({ score }) => [
    ...(score?.interval ?? []),
    ...(score?.score == null ? [] : [score.score]),
  ]);
  return [Math.min(0, ...bounds), Math.max(1, ...bounds)];
}

function candidateLine({ candidate, branch, isBest, score }: TreeRow, columns: TreeColumns): Line {
  const { isWide, nameWidth, range } = columns;
  const isIn = candidate.state === 'in-beam';
  const mark: Piece = isBest ? styled('good', '★ ') : isIn ? styled('notable', '● ') : '  ';
  const name = cutText(visibleLine(candidate.version), Math.max(4, nameWidth - textWidth(branch)));
  const padding = ' '.repeat(Math.max(0, nameWidth - textWidth(branch + name)));
  const start: Piece[] = [mark, styled('faint', branch), isBest ? styled('bold', name) : name, padding];
  if (score === null) return [...start, styled('faint', ' –')];
  if (score.score === null) return [...start, ` incomplete: ${score.unfinished} of ${score.tasks} without a result`];
  const bounds = (score.interval ?? []).map((bound) => bound.toFixed(2)).join('–');
  const numbers = ` ${scoreText(score.score)}  ${bounds.padEnd(10)}  ${String(score.tasks).padEnd(5)}`;
  const line: Piece[] = [...start, isBest ? styled('good', numbers) : numbers];
  if (!isWide) return [...line, isBest ? ' best' : isIn ? ' in beam' : ''];
  const set = score.dataset === 'val' ? '' : 'sample';
  const state = [...(isBest ? ['best'] : []), ...(isIn ? ['in beam'] : [])].join(', ');
  return [...line, styled('faint', ` ${set.padEnd(7)}`), `${intervalBar(score, range, BAR_CELLS)}  ${state}`];
}

const BAR_CELLS = 20;

/** A score with its interval on a scale: `   ├──●──┤     `. */
function intervalBar(
  { score, interval }: { readonly score: number | null; readonly interval: readonly [number, number] | null },
  [low, high]: readonly [number, number],
  cells: number,
): string {
  const at = (value: number): number => Math.round(((value - low) / (high - low)) * (cells - 1));
  const line = Array.from({ length: cells }, () => ' ');
  if (interval !== null) {
    const [from, to] = interval.map(at) as [number, number];
    line.fill('─', from, to + 1);
    line[from] = '├';
    line[to] = '┤';
  }
  line[at(score!)] = '●';
  return line.join('');
}

/** What is wrong: findings, warnings, and failures by what they say. */
function troubleLines({ view, width }: RunScreenInput, most: number): readonly Line[] {
  const { findings, warnings, failures, failure } = view;
  const said = [
    ...(failure === null ? [] : [failure]),
    ...findings.map(({ message }: Finding) => message),
    ...warnings.filter((warning) => !findings.some(({ message }) => message === warning)),
  ];
  const failed = failures
    .slice(0, 3)
    .map(
      ({ message, example, count }): Line => [
        styled('bad', `${grouped(count)} × `),
        visibleLine(count === 1 ? example : message),
      ],
    );
  const shown = said.map(visibleLine);
  const inTwo = shown.flatMap((message) => noteLines(message, width, 2));
  const noted = inTwo.length + failed.length <= most ? inTwo : shown.flatMap((message) => noteLines(message, width, 1));
  const lines = [...noted, ...failed];
  if (lines.length <= most) return lines;
  // Something of both, where there is room for both.
  const forFailures = most < 2 && noted.length > 0 ? 0 : Math.min(failed.length, Math.max(1, most - noted.length));
  const forNotes = Math.max(0, most - forFailures);
  return [...noted.slice(0, forNotes), ...failed.slice(0, forFailures)];
}

function noteLines(message: string, width: number, most: number): readonly Line[] {
  return wrapText(message, width - 2, most).map((line, index) => [index === 0 ? styled('bad', '! ') : '  ', line]);
}

function recentLines({ recent, width }: RunScreenInput, most: number): readonly Line[] {
  return recent.slice(-Math.max(0, most)).map((text, index, all) => {
    const line = visibleLine(text).trim();
    const shown = textWidth(line) <= width ? line : wrapText(line, width, 1)[0]!;
    return [index === all.length - 1 ? shown : styled('faint', shown)];
  });
}

function stopLines({ stopStep, stopReason, failure }: RunView): readonly Line[] {
  return stopStep === null || stopReason !== null || failure !== null ? [] : [[styled('bold', STOPPING[stopStep])]];
}

/** `950`, `8,200`, `1.36M`. */
function shortNumber(value: number): string {
  if (value < 100_000) return grouped(value);
  return value < 1_000_000 ? `${Math.round(value / 1_000)}k` : `${(value / 1_000_000).toFixed(2)}M`;
}
