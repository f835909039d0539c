import { emptyRunView, type RunView, updateRunView } from '@agentlightning/core/run';
import { describe, expect, it } from 'vitest';
import { proposed, searchUnderWay, started } from '../../test/fixtures/events-of-a-search.ts';
import type { TrainerEvent } from '../trainer-event.ts';
import { runScreen } from './run-screen.ts';
import { paintLine } from './styled-line.ts';
import { textWidth } from './terminal-text.ts';

const viewOf = (events: readonly TrainerEvent[]): RunView =>
  events.reduce((view: RunView, event) => updateRunView(view, event as never), emptyRunView);

function screenOf(events: readonly TrainerEvent[], width: number, height: number): readonly string[] {
  const recent = ['round 2 of 3', 'v3 scored 0.9'];
  return runScreen({ view: viewOf(events), workedSeconds: 90, secondsLeft: 90, pace: 2.25, recent, width, height }).map(
    (line) => paintLine(line, width, false).trimEnd(),
  );
}

describe('runScreen()', () => {
  it('shows the whole search in 79 columns', () => {
    expect(screenOf(searchUnderWay, 79, 30)).toEqual([
      'APO · simulated models · run-1',
      'round 2 of 3 · 1:30 · about 1:30 left',
      'now: 2 asking the critic, 1 asking the editor',
      '',
      'rollouts  ████████░░░░░░░░ 200/400 · 2 failed · 8 running · 2.3/s · 3 retried',
      'models    21 optimiser + 400 agent calls · 96,000 tokens',
      'budget    $0.42 of $5.00',
      '',
      "time      waiting for a slot 50 % · agents' models 30 % · optimiser calls 15 %",
      '          More runners would help: half of the time rollouts waited for a slot',
      '',
      '  candidate score  95 %        tasks         0                  1',
      '● v0        0.475  0.38–0.57   80                  ├─●─┤          in beam',
      '★ ├ v1      0.700  0.60–0.80   80                      ├─●─┤      best, in beam',
      '  │ └ v3    –',
      '  └ v2      0.500  0.40–0.60   16    sample         ├─●┤',
      '  1 dropped before they cost a rollout',
      '',
      '! 2 of 200 rollouts failed and count 0; the first error was: TypeError: room 12',
      '  is not there',
      '2 × TypeError: room … is not there',
      '',
      'round 2 of 3',
      'v3 scored 0.9',
    ]);
  });

  it.each([
    [79, 23],
    [49, 23],
    [79, 9],
    [49, 9],
    [19, 4],
    [200, 60],
  ])('has room in %i columns and %i lines', (width, height) => {
    const lines = screenOf(searchUnderWay, width, height);
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
    expect(lines[0]).toContain('APO');
  });

  it('keeps in nine lines what the run is, what it is at, the best, and what is wrong', () => {
    const text = screenOf(searchUnderWay, 49, 9).join('\n');
    for (const part of ['APO', 'round 2 of 3', '200/400', '★', '! 2 of 200']) expect(text).toContain(part);
  });

  it('shows no more than is known', () => {
    expect(screenOf([started({ algorithm: null, label: null })], 79, 23)).toEqual([
      'Serving the queue · run-1',
      '1:30 · about 1:30 left',
      '',
      'rollouts  0 done · 2.3/s',
      'models    0 optimiser calls',
      '',
      'round 2 of 3',
      'v3 scored 0.9',
    ]);
  });

  it('says a thing once, and escapes what models and agents say', () => {
    const message = 'prompts make \x1b[2Jno difference\nat all';
    const lines = screenOf(
      [
        started(),
        { type: 'finding', finding: { code: 'prompts-make-no-difference', message, details: {} } },
        { type: 'warning', message },
        proposed('v\x1b[H1', null, 0),
        { type: 'rollout-failed', rolloutId: 'r', status: 'failed', error: 'bell\x07' },
      ],
      79,
      23,
    );
    expect(lines.filter((line) => line.includes('no difference'))).toEqual([
      '! prompts make \\x1b[2Jno difference at all',
    ]);
    expect(lines).toContain('1 × bell\\x07');
    expect(lines.join('')).toContain('v\\x1b[H');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });

  it('counts wide letters twice', () => {
    const lines = screenOf([started(), proposed('候选人一二三四五六七八九十', null, 0)], 49, 23);
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(49);
  });
});
