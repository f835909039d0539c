import './score-curve.css';
import type { CurvePoint, RunView } from '@agentlightning/core/run';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { DataTable } from '../components/data-table.tsx';
import { formatCount, formatDuration, formatInterval, formatScore, formatUsd } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';
import { ScoreLabelBadge } from '../components/score.tsx';
import { Choice } from '../components/tabs.tsx';
import { useWidth } from '../components/use-width.ts';
import { Panel } from '../components/view-layout.tsx';
import { type Colours, useColours } from '../look/colours.ts';
import { candidateHash } from './candidate-hash.ts';
import { type CurveAxis, type CurveData, curveAxes, curveData, scoreScale } from './curve-data.ts';

const HEIGHT = 190;

const AXIS_TITLES: Readonly<Record<CurveAxis, string>> = {
  time: 'Time',
  rollouts: 'Rollouts',
  modelCalls: 'Optimiser calls',
  usd: 'Cost',
};

const AXIS_FORMATS: Readonly<Record<CurveAxis, (value: number) => string>> = {
  time: formatDuration,
  rollouts: formatCount,
  modelCalls: formatCount,
  usd: formatUsd,
};

/** Scores on the whole validation set, each with its interval, and the best so far, over time or what was spent. */
export function ScoreCurve({ view }: { view: RunView }) {
  const [wanted, setAxis] = useState<CurveAxis>('time');
  const axes = curveAxes(view);
  const axis = axes.includes(wanted) ? wanted : 'time';
  const { curve, startTime } = view;
  const data = useMemo(() => curveData({ curve, startTime }, axis), [curve, startTime, axis]);
  return (
    <Panel
      id="curve"
      title="Validation score"
      class="score-curve"
      beside={
        <Choice
          label="Over"
          options={axes.map((value) => [value, AXIS_TITLES[value]])}
          selected={axis}
          onSelect={setAxis}
        />
      }
    >
      {data.points.length === 0 ? (
        <div class="score-curve-empty">
          <EmptyState title="No validation yet">Whole validations are drawn here as they end.</EmptyState>
        </div>
      ) : (
        <Plot data={data} axis={axis} />
      )}
      <details class="small">
        <summary>
          {data.points.length === 0 ? 'No points' : summaryOf(data)} <ScoreLabelBadge />
        </summary>
        <DataTable<CurvePoint>
          caption="Scores on the whole validation set"
          rows={data.points}
          rowKey={(point) => data.points.indexOf(point)}
          columns={[
            { id: 'version', title: 'Prompt', cell: ({ version }) => <a href={candidateHash(version)}>{version}</a> },
            { id: 'score', title: 'Score', isNumeric: true, cell: ({ score }) => formatScore(score) },
            {
              id: 'interval',
              title: '95 % interval',
              isNumeric: true,
              cell: ({ interval }) => (interval === null ? '–' : formatInterval(interval)),
            },
            { id: 'n', title: 'n', isNumeric: true, cell: ({ tasks }) => formatCount(tasks) },
            {
              id: 'x',
              title: AXIS_TITLES[axis],
              isNumeric: true,
              cell: (point) => AXIS_FORMATS[axis](data.x[data.points.indexOf(point)]!),
            },
          ]}
        />
      </details>
    </Panel>
  );
}

function summaryOf({ points, best }: CurveData): string {
  const [first] = points;
  return `${points.length === 1 ? 'One point' : `${points.length} points`}: from ${formatScore(first!.score)} (${first!.version}) to ${formatScore(best.at(-1))}`;
}

function Plot({ data, axis }: { data: CurveData; axis: CurveAxis }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(data);
  latest.current = data;
  const colours = useColours('text', 'muted', 'line', 'accent', 'line-strong');
  const isMeasured = width > 0;
  useEffect(() => {
    const element = ref.current;
    if (element === null || !isMeasured) return;
    const made = new uPlot(plotOptions(latest, axis, colours, element.clientWidth), columnsOf(latest.current), element);
    plot.current = made;
    return () => {
      plot.current = undefined;
      made.destroy();
    };
  }, [axis, colours, isMeasured, ref]);
  useEffect(() => plot.current?.setData(columnsOf(data)), [data]);
  useEffect(() => plot.current?.setSize({ width, height: HEIGHT }), [width]);
  return <div class="score-plot" ref={ref} role="img" aria-label={`Curve of scores. ${summaryOf(data)}`} />;
}

function columnsOf({ x, scores, best }: CurveData): uPlot.AlignedData {
  return [[...x], [...scores], [...best]];
}

function plotOptions(
  latest: { readonly current: CurveData },
  axis: CurveAxis,
  colours: Colours,
  width: number,
): uPlot.Options {
  const format = AXIS_FORMATS[axis];
  const ticks = { stroke: colours['muted']!, grid: { stroke: colours['line']!, width: 1 }, ticks: { show: false } };
  const font = '12px system-ui, sans-serif';
  return {
    width,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_plot, _low, high) => [0, Math.max(high * 1.04, 1e-9)] },
      y: { range: () => [...scoreScale(latest.current.points)] },
    },
    axes: [
      { ...ticks, font, size: 28, values: (_plot, values) => values.map((value) => format(value)), space: 70 },
      { ...ticks, font, size: 36, values: (_plot, values) => values.map((value) => value.toFixed(1)) },
    ],
    series: [
      {},
      { stroke: colours['text']!, paths: () => null, points: { show: true, size: 7, fill: colours['text']! } },
      {
        stroke: colours['accent']!,
        width: 2,
        paths: uPlot.paths.stepped!({ align: 1 }),
        points: { show: false },
      },
    ],
    hooks: { drawSeries: [(plot, series) => series === 1 && drawIntervals(plot, latest.current, colours)] },
  };
}

function drawIntervals(plot: uPlot, { points, x }: CurveData, colours: Colours): void {
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colours['line-strong']!;
  ctx.lineWidth = 2 * devicePixelRatio;
  const cap = 4 * devicePixelRatio;
  ctx.beginPath();
  for (const [index, { interval }] of points.entries()) {
    if (interval === null) continue;
    const left = plot.valToPos(x[index]!, 'x', true);
    const [low, high] = interval.map((end) => plot.valToPos(end, 'y', true)) as [number, number];
    ctx.moveTo(left, low);
    ctx.lineTo(left, high);
    for (const end of [low, high]) {
      ctx.moveTo(left - cap, end);
      ctx.lineTo(left + cap, end);
    }
  }
  ctx.stroke();
  ctx.restore();
}
