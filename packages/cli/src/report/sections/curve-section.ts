import type { CurvePoint } from '@agentlightning/core/run';
import { dollars, grouped } from '@agentlightning/core/run';
import { type Html, html } from '../html.ts';
import { intervalText, scoreText } from '../numbers.ts';
import type { ReportData } from '../report-data.ts';

/** How the score grew with what was spent. */
export function curveSection({ view }: ReportData): Html | null {
  const { curve } = view;
  if (curve.length === 0) return null;
  return html`<section aria-labelledby="curve">
<h2 id="curve">Score and cost</h2>
<p class="muted">Each candidate that was scored on the whole validation set, when it was known, with its 95 % interval. The line is the best so far.</p>
${curve.length < 2 ? null : html`<div class="scroll" tabindex="0">${chart(curve)}</div>`}
${curve.length > MOST_ROWS ? html`<details><summary>The numbers</summary>${numbers(curve)}</details>` : numbers(curve)}
</section>`;
}

/** A longer table is folded up. */
const MOST_ROWS = 12;

function numbers(curve: readonly CurvePoint[]): Html {
  const hasPrices = curve.some(({ usd }) => usd !== null);
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">candidate</th><th scope="col">round</th><th scope="col">score</th><th scope="col">95 %</th><th scope="col">tasks</th><th scope="col">rollouts by then</th><th scope="col">optimiser calls</th>${hasPrices ? html`<th scope="col">cost</th>` : null}</tr></thead>
<tbody>${curve.map(
    ({ version, round, score, interval, tasks, rollouts, modelCalls, usd, isBest }) =>
      html`<tr><th scope="row">${version}${isBest ? html` <span class="good">best so far</span>` : null}</th><td class="number">${round}</td><td class="number">${scoreText(score)}</td><td class="number">${intervalText(interval)}</td><td class="number">${grouped(tasks)}</td><td class="number">${grouped(rollouts)}</td><td class="number">${grouped(modelCalls)}</td>${hasPrices ? html`<td class="number">${usd === null ? '–' : dollars(usd)}</td>` : null}</tr>`,
  )}</tbody></table></div>`;
}

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 48;
const RIGHT = 60;
const TOP = 16;
const BOTTOM = 40;

function chart(curve: readonly CurvePoint[]): Html {
  const bounds = curve.flatMap(({ score, interval }) => [score, ...(interval ?? [])]);
  const ticks = niceTicks(Math.min(...bounds), Math.max(...bounds));
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const most = Math.max(1, ...curve.map(({ rollouts }) => rollouts));
  const x = (rollouts: number): number => LEFT + (rollouts / most) * (WIDTH - LEFT - RIGHT);
  const y = (score: number): number => TOP + ((high - score) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const steps = niceTicks(0, most).filter((step) => step <= most && Number.isInteger(step));
  const labelled = labelledPoints(
    curve.map(({ version, rollouts, score }) => ({ version, x: x(rollouts), y: y(score) })),
  );
  const digits = Math.max(...ticks.map((tick) => decimalsOf(tick)));
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Score on the validation set against rollouts; the numbers are in the table below">
${ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(tick))}" y2="${px(y(tick))}"/><text class="axis end" x="${LEFT - 6}" y="${px(y(tick) + 4)}">${tick.toFixed(digits)}</text>`)}
${steps.map((step) => html`<text class="axis middle" x="${px(x(step))}" y="${HEIGHT - BOTTOM + 18}">${grouped(step)}</text>`)}
<text class="axis middle" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}">rollouts</text>
<path class="best" d="${bestLine(curve, x, y)}"/>
${curve.map((point, index) => mark(point, { x: x(point.rollouts), y, isLabelled: labelled.has(index) }))}
</svg>`;
}

function mark(
  { version, score, interval, isBest }: CurvePoint,
  { x, y, isLabelled }: { readonly x: number; readonly y: (score: number) => number; readonly isLabelled: boolean },
): Html {
  const whisker =
    interval === null
      ? null
      : html`<line class="whisker" x1="${px(x)}" x2="${px(x)}" y1="${px(y(interval[0]))}" y2="${px(y(interval[1]))}"/>`;
  const name = isLabelled
    ? html`<text class="label" x="${px(x + 8)}" y="${px(y(score) - 6)}">${version.slice(0, 12)}</text>`
    : null;
  return html`${whisker}<circle class="${isBest ? 'point top' : 'point'}" cx="${px(x)}" cy="${px(y(score))}" r="4"/>${name}`;
}

/** Which points have their names beside them: each candidate once, and none on top of another. */
function labelledPoints(
  points: readonly { readonly version: string; readonly x: number; readonly y: number }[],
): ReadonlySet<number> {
  const labelled = new Map<number, { readonly version: string; readonly x: number; readonly y: number }>();
  for (const [index, point] of points.entries()) {
    const isFree = [...labelled.values()].every(
      (other) =>
        other.version !== point.version && (Math.abs(other.x - point.x) > 40 || Math.abs(other.y - point.y) > 14),
    );
    if (isFree) labelled.set(index, point);
  }
  return new Set(labelled.keys());
}

/** Steps from each best to the next one. */
function bestLine(curve: readonly CurvePoint[], x: (rollouts: number) => number, y: (score: number) => number): string {
  let best = -Infinity;
  const moves: string[] = [];
  for (const { rollouts, score } of curve) {
    if (moves.length > 0) moves.push(`H${px(x(rollouts))}`);
    best = Math.max(best, score);
    moves.push(moves.length === 0 ? `M${px(x(rollouts))} ${px(y(best))}` : `V${px(y(best))}`);
  }
  return moves.join('');
}

/** Round numbers at equal distances, three to six of them, the first below all values and the last above. */
function niceTicks(low: number, high: number): readonly number[] {
  const raw = Math.max(high - low, Math.abs(high) * 1e-6, 1e-6) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw)!;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function decimalsOf(value: number): number {
  return Math.min(6, /\.(\d+)/.exec(String(value))?.[1]?.length ?? 0);
}

function px(value: number): string {
  return value.toFixed(1);
}
