import { emptyRunView, type RunView, updateRunView } from '@agentlightning/core/run';
import { describe, expect, it } from 'vitest';
import { proposed, rollouts, says, scored, searchUnderWay, started } from '../../test/fixtures/events-of-a-search.ts';
import type { TrainerEvent } from '../trainer-event.ts';
import { RunLog } from './run-log.ts';

function linesOf(events: readonly TrainerEvent[], earlier: RunView = emptyRunView): readonly string[] {
  const log = new RunLog();
  let view = earlier;
  const lines = events.flatMap((event) => {
    view = updateRunView(view, event);
    return log.take(event, view);
  });
  return [...lines, ...log.flush()];
}

const best = (version: string, score: number): TrainerEvent => ({
  type: 'best',
  version,
  score,
  interval: null,
  tasks: 80,
  candidate: {},
});
const round = (number: number): TrainerEvent => says({ type: 'round-started', round: number, rounds: 3 });
const beam = (number: number, ...versions: string[]): TrainerEvent =>
  says({ type: 'beam-chosen', round: number, versions });
const roundEnded = (number: number, bestScore: number | null): TrainerEvent =>
  says({ type: 'round-ended', round: number, rounds: 3, bestScore });
const validated = (version: string, score: number | null, ofRound: number): TrainerEvent =>
  scored(version, score, { dataset: 'val', tasks: 80, round: ofRound, interval: null });
const plan: TrainerEvent = says({ type: 'plan', rounds: 3, rollouts: 380, modelCalls: 24 });

describe('RunLog', () => {
  it('tells rounds in their order, and of each validation which round it is of, though it comes later', () => {
    const lines = linesOf([
      ...[plan, proposed('v0', null, 0), round(1), proposed('v1', 'v0', 1), scored('v1', 0.6), beam(1, 'v1')],
      ...[plan, round(2), proposed('v2', 'v1', 2), scored('v2', 0.7, { round: 2 }), beam(2, 'v2', 'v1')],
      ...[validated('v0', 0.4, 0), rollouts({ running: 1 }), best('v0', 0.4)],
      ...[validated('v1', 0.5, 1), best('v1', 0.5), roundEnded(1, 0.5)],
      ...[validated('v2', 0.45, 2), roundEnded(2, 0.5)],
      roundEnded(3, 0.5),
    ]);
    expect(lines).toEqual([
      'plan: 3 rounds, about 380 rollouts and 24 optimiser calls',
      'round 1 of 3: 1 new candidate, ahead on 16 sampled tasks: v1 0.600',
      'round 2 of 3: 1 new candidate, ahead on 16 sampled tasks: v2 0.700, v1',
      'validation, start: v0 scored 0.400 on 80 tasks, best so far',
      'validation, round 1: v1 scored 0.500 on 80 tasks, best so far, +0.100 over v0',
      'validation, round 2: v2 scored 0.450 on 80 tasks, best is still v1, 0.500',
      'round 3 of 3 ended, best is v1, 0.500',
    ]);
  });

  it('tells of a round what was dropped, what failed, and no more names than can be read', () => {
    const dropped = ['lost {x}', 'duplicate of v0', 'duplicate of v0', 'empty'].map((reason) =>
      says({ type: 'candidate-dropped', parent: 'v0', round: 1, reason, critique: null }),
    );
    const versions = ['v1', 'v2', 'v3', 'v4', 'v5'];
    const lines = linesOf([
      ...[plan, round(1), ...dropped, ...versions.map((version) => proposed(version, 'v0', 1))],
      ...versions.map((version, index) => scored(version, index === 4 ? null : 0.5, { failed: index })),
      beam(1, 'v1', 'v2', 'v3', 'v4'),
    ]);
    expect(lines.at(-1)).toBe(
      'round 1 of 3: 5 new candidates, 4 dropped (duplicate of v0; lost {x}; …), 1 without a score, 10 rollouts failed, ahead on 16 sampled tasks: v1 0.500, v2 0.500, v3 0.500 and 1 more',
    );
  });

  it('tells a round of an algorithm that chooses nothing when the next one begins, or the run ends', () => {
    const ofRound = (number: number): readonly TrainerEvent[] => [
      round(number),
      ...[0.2, 0.6].map((score, index) => scored(`r${number}-${index}`, score, { round: number })),
    ];
    expect(linesOf([plan, ...ofRound(1), ...ofRound(2), { type: 'run-ended', stopReason: 'completed' }])).toEqual([
      'plan: 3 rounds, about 380 rollouts and 24 optimiser calls',
      'round 1 of 3: ahead on 16 sampled tasks: r1-1 0.600, r1-0 0.200',
      'round 2 of 3: ahead on 16 sampled tasks: r2-1 0.600, r2-0 0.200',
    ]);
    expect(linesOf([round(1), roundEnded(1, null), round(2), roundEnded(2, 0.25)])).toEqual([
      'round 1 of 3 ended',
      'round 2 of 3 ended, best is 0.250',
    ]);
  });

  it('tells an improvement that no validation of the run gave, and a validation without a score', () => {
    expect(linesOf([best('v1', 36), validated('v2', null, 1), best('v3', 37)])).toEqual([
      'best score 36.000 (v1)',
      'validation, round 1: v2 has no score: 3 of 80 tasks have no result, best is still v1, 36.000',
      'best score 37.000 (v3)',
    ]);
  });

  it('tells of a run that goes on only what is new', () => {
    const earlier = searchUnderWay.reduce<RunView>((view, event) => updateRunView(view, event), emptyRunView);
    expect(
      linesOf([started({ isResumed: true }), best('v1', 0.7), scored('v3', 0.8, { round: 2 }), beam(2, 'v3')], earlier),
    ).toEqual([
      'APO goes on (simulated models): 8 runners, seed 0, run-1',
      'best score 0.700 (v1)',
      'round 2 of 3: 1 new candidate, ahead on 16 sampled tasks: v3 0.800',
    ]);
  });

  it('tells failures that are alike once', () => {
    const failed = (id: number, error: string): TrainerEvent => ({
      type: 'rollout-failed',
      rolloutId: `ro-${id}`,
      status: 'failed',
      error,
    });
    expect(linesOf([failed(1, 'room 12 is gone'), failed(2, 'room 13 is gone'), failed(3, 'no key')])).toEqual([
      'a rollout failed: room 12 is gone',
      'a rollout failed: no key',
    ]);
  });
});
