import type { CurvePoint, RunView } from '@agentlightning/core/run';

const CURVE_AXES = ['time', 'rollouts', 'modelCalls', 'usd'] as const;

/** What the score can be drawn over. */
export type CurveAxis = (typeof CURVE_AXES)[number];

/** The points of the curve as columns, in the order of the axis. */
export interface CurveData {
  readonly points: readonly CurvePoint[];
  /** Seconds since the run began, rollouts, model calls of the algorithm, or dollars. */
  readonly x: readonly number[];
  readonly scores: readonly number[];
  /** The best score up to each point. */
  readonly best: readonly number[];
}

/** The curve over an axis; points without a value on it are left out. */
export function curveData({ curve, startTime }: Pick<RunView, 'curve' | 'startTime'>, axis: CurveAxis): CurveData {
  const placed = curve
    .flatMap((point) => {
      const x =
        axis === 'time' ? (point.time === null || startTime === null ? null : point.time - startTime) : point[axis];
      return x === null ? [] : [{ point, x }];
    })
    .sort((a, b) => a.x - b.x);
  let best = -Infinity;
  return {
    points: placed.map(({ point }) => point),
    x: placed.map(({ x }) => x),
    scores: placed.map(({ point }) => point.score),
    best: placed.map(({ point }) => {
      best = Math.max(best, point.score);
      return best;
    }),
  };
}

/** The axes that there are values for. */
export function curveAxes({ curve }: Pick<RunView, 'curve'>): readonly CurveAxis[] {
  return CURVE_AXES.filter((axis) => axis !== 'usd' || curve.some(({ usd }) => usd !== null));
}

/** The scale of scores: from 0 to 1, further where scores or intervals lie beyond. */
export function scoreScale(points: readonly CurvePoint[]): readonly [low: number, high: number] {
  const ends = points.flatMap(({ score, interval }) => [score, ...(interval ?? [])]);
  return [Math.min(0, ...ends), Math.max(1, ...ends)];
}
