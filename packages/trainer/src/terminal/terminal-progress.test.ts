import { describe, expect, it } from 'vitest';
import type { TrainerEvent } from '../trainer-event.ts';
import { duration, TerminalProgress } from './terminal-progress.ts';

const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, retried: 0 };
const events: TrainerEvent[] = [
  {
    type: 'run-started',
    runDirectory: null,
    isResumed: false,
    runId: 'run-1',
    algorithm: 'APO',
    nRunners: 8,
    seed: 0,
    heldOutRollouts: 20,
    label: null,
  },
  { type: 'algorithm-event', key: 'plan', event: { type: 'plan', rounds: 3, rollouts: 80, modelCalls: 24 } },
  { type: 'best', score: 0.25, interval: [0.12, 0.45], tasks: 20, version: 'v0', candidate: {} },
  { type: 'algorithm-event', key: 'r1', event: { type: 'round-started', round: 1, rounds: 3 } },
  {
    type: 'algorithm-event',
    key: 'r1/v1',
    event: {
      type: 'candidate-proposed',
      version: 'v1',
      parent: 'v0',
      round: 1,
      candidate: {},
      critique: null,
      edit: null,
    },
  },
  {
    type: 'algorithm-event',
    key: 'r1/x',
    event: { type: 'candidate-dropped', parent: 'v0', round: 1, reason: 'lost {x}', critique: null },
  },
  { type: 'rollouts', counts: { ...counts, running: 8, succeeded: 20, failed: 5 } },
  { type: 'best', score: 0.5, interval: [0.3, 0.7], tasks: 20, version: 'v1', candidate: {} },
  { type: 'warning', message: '5 of 25 rollouts failed' },
];

function show(isTTY: boolean, shown: readonly TrainerEvent[], columns = 100) {
  let now = 0;
  let text = '';
  const output = { isTTY, columns, write: (chunk: string) => (text += chunk) };
  const progress = new TerminalProgress({ output, label: 'simulated models', now: () => now });
  for (const event of shown) {
    now += 10_000;
    progress.show(event);
  }
  return text;
}

const ESCAPE = '\u001b';
const CONTROL = new RegExp(`(${ESCAPE}\\[\\d*[AJK]|\\r|\\n)`);
const CURSOR_UP = new RegExp(`^${ESCAPE}\\[(\\d+)A$`);

/** What a terminal shows after the cursor movements in `text`. */
function screen(text: string): string[] {
  const lines: string[] = [];
  let row = 0;
  let column = 0;
  for (const part of text.split(CONTROL)) {
    const up = CURSOR_UP.exec(part);
    if (up) row -= Number(up[1]);
    else if (part === '\x1b[2K') lines[row] = '';
    else if (part === '\x1b[J') lines.splice(row);
    else if (part === '\r') column = 0;
    else if (part === '\n') [row, column] = [row + 1, 0];
    else {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + part + line.slice(column + part.length);
      column += part.length;
    }
  }
  return lines.filter((line) => line !== '');
}

describe('TerminalProgress', () => {
  it('redraws the same four lines on a terminal', () => {
    const lines = screen(show(true, events));
    expect(lines).toEqual([
      'APO · simulated models   round 1 of 3 · 1:30 · about 4:30 left',
      '  rollouts    ██████░░░░░░░░░░░░░░░░░░ 25 of about 100 done · 8 running · 5 failed',
      '  candidates  1 proposed · 1 dropped',
      '  best score  0.500 (v1), began at 0.250',
    ]);
  });

  it('never draws wider than the terminal', () => {
    for (const line of screen(show(true, events, 40))) expect(line.length).toBeLessThan(40);
  });

  it('takes a terminal that does not tell its width for 80 columns wide', () => {
    expect(screen(show(true, events, 0))).toEqual(screen(show(true, events, 80)));
  });

  it('shows the end of the run', () => {
    const lines = screen(show(true, [...events, { type: 'run-ended', stopReason: 'completed' }]));
    expect(lines[0]).toContain('completed after 1:40');
  });

  it('tells what each Ctrl-C does, and clears away what the terminal has shown of it', () => {
    const text = show(true, [...events, { type: 'stopping', step: 'drain', cause: 'SIGINT' }]);
    expect(screen(text).at(-1)).toBe('  stopping: what is in flight may finish; Ctrl-C again aborts it');
    let output = '';
    const progress = new TerminalProgress({
      output: { isTTY: true, columns: 100, write: (chunk: string) => (output += chunk) },
    });
    for (const event of events) progress.show(event);
    output += '^C';
    progress.show({ type: 'stopping', step: 'drain', cause: 'SIGINT' });
    output += '^C';
    progress.show({ type: 'run-ended', stopReason: 'interrupted' });
    expect(screen(output)).toHaveLength(4);
    expect(screen(output)[0]).toMatch(/^APO {3}round 1 of 3 · interrupted after/);
  });

  it('goes on without an output that is gone', () => {
    let fail = (): void => {};
    let written = 0;
    const output = { write: () => (written += 1), on: (_: 'error', listener: () => void) => (fail = listener) };
    const progress = new TerminalProgress({ output });
    progress.show(events[0]!);
    fail();
    progress.show(events[2]!);
    expect(written).toBe(1);
  });

  it('writes plain lines when the output is not a terminal', () => {
    const text = show(false, [...events, { type: 'stopping', step: 'abort', cause: 'SIGTERM' }]);
    expect(text).not.toContain('\x1b');
    const lines = text.split('\n').map((line) => line.slice(9));
    expect(lines).toContain('APO started (simulated models): 8 runners, seed 0, run-1');
    expect(lines).toContain('plan: 3 rounds, about 80 rollouts and 24 optimiser calls');
    expect(lines).toContain('round 1 of 3');
    expect(lines).toContain('  a child of v0 was dropped: lost {x}');
    expect(lines).toContain('rollouts 25 of about 100 done, 8 running, 5 failed, about 3:30 left');
    expect(lines).toContain('best score 0.500 (v1)');
    expect(lines).toContain('warning: 5 of 25 rollouts failed');
    expect(lines).toContain('stopping: what is in flight is aborted; Ctrl-C again ends the threads it runs in');
  });
});

describe('duration()', () => {
  it.each([
    [0, '0:00'],
    [7.4, '0:07'],
    [760, '12:40'],
    [3723, '1:02:03'],
  ])('writes %f seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
