import type { CurvePoint } from '@agentlightning/core/run';
import { expect, it } from 'vitest';
import { curveAxes, curveData, scoreScale } from './curve-data.ts';

function point(time: number | null, score: number, rollouts: number): CurvePoint {
  return {
    time,
    score,
    rollouts,
    version: 'v0',
    round: 1,
    interval: null,
    tasks: 80,
    isBest: false,
    modelCalls: 7,
    usd: null,
  };
}

const view = { startTime: 100, curve: [point(103, 0.5, 90), point(109, 0.4, 80), point(null, 0.7, 200)] };

it('draws scores over time with the best so far', () => {
  expect(curveData(view, 'time')).toMatchObject({ x: [3, 9], scores: [0.5, 0.4], best: [0.5, 0.5] });
});

it('draws scores over rollouts in their order', () => {
  expect(curveData(view, 'rollouts')).toMatchObject({
    x: [80, 90, 200],
    scores: [0.4, 0.5, 0.7],
    best: [0.4, 0.5, 0.7],
  });
});

it('offers dollars only where there are prices', () => {
  expect(curveAxes(view)).toEqual(['time', 'rollouts', 'modelCalls']);
  expect(curveAxes({ curve: [{ ...view.curve[0]!, usd: 0.1 }] })).toContain('usd');
});

it('has a scale that holds all intervals', () => {
  expect(scoreScale(view.curve)).toEqual([0, 1]);
  expect(scoreScale([{ ...view.curve[0]!, score: 3, interval: [-2, 5] }])).toEqual([-2, 5]);
});
