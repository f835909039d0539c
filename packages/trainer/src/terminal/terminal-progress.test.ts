import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EmulatedTerminal } from '../../test/fixtures/emulated-terminal.ts';
import {
  does,
  proposed,
  rollouts,
  says,
  scored,
  searchUnderWay,
  started,
} from '../../test/fixtures/events-of-a-search.ts';
import { NO_SPEND } from '../budget/spend-rows.ts';
import { RunStream } from '../run-stream.ts';
import type { TrainerEvent } from '../trainer-event.ts';
import { TerminalProgress, type TerminalProgressOptions } from './terminal-progress.ts';

const ended: TrainerEvent = { type: 'run-ended', stopReason: 'completed' };

beforeEach(() => {
  // Not setImmediate.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  vi.stubEnv('TERM', 'xterm');
  for (const name of ['NO_COLOR', 'FORCE_COLOR']) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function onTerminal(columns = 80, rows = 24, options: TerminalProgressOptions = {}) {
  const terminal = new EmulatedTerminal(columns, rows);
  const progress = new TerminalProgress({ output: terminal, ...options });
  return { terminal, progress };
}

/** Shows events that come a second apart. */
function showAll(progress: TerminalProgress, events: readonly TrainerEvent[]): void {
  for (const event of events) {
    progress.show(event);
    vi.advanceTimersByTime(1000);
  }
}

describe('TerminalProgress', () => {
  it.each([
    [80, 24],
    [50, 24],
    [50, 10],
    [120, 50],
  ])('draws one screen in place on a terminal of %i by %i', async (columns, rows) => {
    const { terminal, progress } = onTerminal(columns, rows);
    showAll(progress, searchUnderWay);
    const lines = await terminal.everything();
    expect(lines.length).toBeLessThan(rows);
    expect(lines[0]).toContain('APO · simulated models');
    expect(lines[1]).toContain('round 2 of 3');
    expect(lines.filter((line) => line.startsWith('rollouts'))).toHaveLength(1);
    expect(lines.join('\n')).toMatch(/★ . v1/);
    expect(await terminal.cursor()).toEqual({ column: 0, row: lines.length });
    progress.show(ended);
    expect((await terminal.everything())[1]).toContain('completed after');
  });

  it('draws at most twelve times a second, the last change as well, and nothing when nothing has changed', async () => {
    const { terminal, progress } = onTerminal();
    let writes = 0;
    const write = terminal.write.bind(terminal);
    terminal.write = (text) => {
      writes += 1;
      return write(text);
    };
    progress.show(started());
    for (let succeeded = 1; succeeded <= 200; succeeded += 1) {
      progress.show(rollouts({ succeeded }));
      vi.advanceTimersByTime(5);
    }
    expect(writes).toBeLessThanOrEqual(13);
    vi.advanceTimersByTime(100);
    expect((await terminal.screen()).join('\n')).toContain('200 done');
    progress.close();
    const before = writes;
    progress.show(rollouts({ succeeded: 201 }));
    progress.close();
    expect(writes).toBe(before);
  });

  it('lets the time go by while nothing happens, and leaves no timer when the run ends', async () => {
    const { terminal, progress } = onTerminal();
    progress.show(started());
    vi.advanceTimersByTime(65_000);
    expect((await terminal.screen())[1]).toBe('1:05');
    progress.show(ended);
    expect(vi.getTimerCount()).toBe(0);
    expect(terminal.listenerCount('resize')).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.listenerCount('error')).toBe(0);
  });

  it('redraws cleanly when the terminal becomes narrower, wider and lower', async () => {
    const { terminal, progress } = onTerminal(80, 24);
    terminal.write('$ npm start\n');
    showAll(progress, searchUnderWay);
    for (const [columns, rows] of [
      [50, 24],
      [100, 24],
      [100, 14],
      [80, 24],
    ] as const) {
      await terminal.resize(columns, rows);
      vi.advanceTimersByTime(1000);
      const lines = await terminal.screen();
      expect(
        lines.filter((line) => line.includes('APO')),
        lines.join('\n'),
      ).toHaveLength(1);
      for (const line of lines) expect(line.length).toBeLessThan(columns);
    }
    expect((await terminal.everything())[0]).toBe('$ npm start');
    progress.close();
  });

  it('shows events of a stream to its end, and answers what the run came to', async () => {
    const { terminal, progress } = onTerminal();
    const stream = new RunStream(async (publish) => {
      for (const event of [...searchUnderWay, ended]) publish(event);
      return { runId: 'run-1' } as never;
    });
    expect(await progress.follow(stream)).toEqual({ runId: 'run-1' });
    expect((await terminal.screen())[1]).toContain('completed');
  });

  it('leaves nothing behind when the run fails', async () => {
    const { terminal, progress } = onTerminal();
    const stream = new RunStream(async (publish) => {
      publish(started());
      await Promise.resolve();
      throw new TypeError('the model is gone\nfor ever');
    });
    await expect(progress.follow(stream)).rejects.toThrow('the model is gone');
    expect(vi.getTimerCount()).toBe(0);
    terminal.write('and on\n');
    vi.advanceTimersByTime(10_000);
    const lines = await terminal.screen();
    expect(lines.join('\n')).toContain('failed after');
    expect(lines).toContain('! TypeError: the model is gone');
    expect(lines.at(-1)).toBe('and on');
  });

  it('is done with the terminal at the end of a block', () => {
    {
      const { terminal, progress } = onTerminal();
      using shown = progress;
      shown.show(started());
      expect(terminal.listenerCount('resize')).toBe(1);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it('writes over nothing that others have written, and gives way to those who keep writing', async () => {
    const { terminal, progress } = onTerminal();
    showAll(progress, [started()]);
    terminal.write('a line of the agent\n');
    vi.advanceTimersByTime(10_000);
    expect((await terminal.screen()).at(-1)).toBe('a line of the agent');
    showAll(progress, [says({ type: 'round-started', round: 1, rounds: 3 })]);
    expect(await terminal.everything()).toContain('a line of the agent');
    expect((await terminal.everything()).filter((line) => line.startsWith('APO'))).toHaveLength(2);
    for (let index = 0; index < 5; index += 1) {
      terminal.write(`line ${index}\n`);
      showAll(progress, [proposed('v1', null, 1), scored('v1', 0.5)]);
    }
    const lines = await terminal.everything();
    expect(lines, lines.join('\n')).toContain('others write here too: from here on a line when something happens');
    expect(lines.at(-2)).toBe('line 4');
    showAll(progress, [says({ type: 'beam-chosen', round: 1, versions: ['v1'] })]);
    expect((await terminal.everything()).at(-1)).toMatch(
      /round 1 of 3: 1 new candidate, ahead on 16 sampled tasks: v1 0\.500$/,
    );
    expect(lines.filter((line) => line.startsWith('line '))).toHaveLength(5);
  });

  it('tells what each Ctrl-C does, and clears away what the terminal has shown of it', async () => {
    const { terminal, progress } = onTerminal();
    showAll(progress, searchUnderWay);
    terminal.echo('^C');
    progress.show({ type: 'stopping', step: 'drain', cause: 'SIGINT' });
    expect((await terminal.screen()).at(-1)).toBe('stopping: what is in flight may finish; Ctrl-C again aborts it');
    terminal.echo('^C');
    progress.show({ type: 'run-ended', stopReason: 'interrupted' });
    const lines = await terminal.screen();
    expect(lines[1]).toContain('interrupted after');
    expect(lines.join('\n')).not.toContain('^C');
  });

  it('has colours where the user wants them', () => {
    for (const [colors, env, expected] of [
      [undefined, {}, true],
      [undefined, { NO_COLOR: '1' }, false],
      [false, {}, false],
      [true, { NO_COLOR: '1' }, true],
    ] as const) {
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      const { terminal, progress } = onTerminal(80, 24, colors === undefined ? {} : { colors });
      showAll(progress, searchUnderWay);
      progress.close();
      expect(terminal.sent.includes('\x1b[32m')).toBe(expected);
      vi.stubEnv('NO_COLOR', undefined);
    }
  });

  it('goes on without an output that is gone, however that shows', () => {
    const { terminal, progress } = onTerminal();
    progress.show(started());
    const { sent } = terminal;
    terminal.emit('error');
    showAll(progress, searchUnderWay);
    expect(terminal.sent).toBe(sent);
    const broken = new TerminalProgress({
      output: {
        isTTY: true,
        write: () => {
          throw new Error('EIO');
        },
      },
    });
    showAll(broken, [...searchUnderWay, ended]);
  });

  it('shows of a run that goes on what was before', async () => {
    const runDirectory = mkdtempSync(join(tmpdir(), 'agl-earlier-'));
    onTestFinished(() => rmSync(runDirectory, { recursive: true }));
    const time = Date.now() / 1000 - 60;
    const earlier = searchUnderWay.map((event) => JSON.stringify({ time, ...event }));
    const now = JSON.stringify({ time: time + 120, ...started({ algorithm: 'of this process' }) });
    writeFileSync(join(runDirectory, 'journal.jsonl'), [...earlier, now, '{"half'].join('\n'));
    const { terminal, progress } = onTerminal();
    progress.show(started({ isResumed: true, runDirectory }));
    vi.advanceTimersByTime(1000);
    const lines = (await terminal.screen()).join('\n');
    expect(lines).toContain('round 2 of 3 · 1:41');
    expect(lines).toMatch(/APO · simulated[\s\S]*200\/400[\s\S]*★ . v1 +0\.700/);
    progress.close();
    const other = onTerminal();
    other.progress.show(started({ isResumed: true, runDirectory: join(runDirectory, 'gone') }));
    expect((await other.terminal.screen())[0]).toContain('APO');
    other.progress.close();
  });

  describe('without a terminal', () => {
    function linesOf(events: readonly TrainerEvent[], everyMs: number, isDumb = false): readonly string[] {
      let text = '';
      if (isDumb) vi.stubEnv('TERM', 'dumb');
      const progress = new TerminalProgress({ output: { isTTY: isDumb, write: (chunk) => (text += chunk) } });
      for (const event of events) {
        progress.show(event);
        vi.advanceTimersByTime(everyMs);
      }
      expect(text).not.toContain('\x1b');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(9));
    }

    it.each([[false], [true]])('writes a line for what matters, in one that cannot redraw: %s', (isDumb) => {
      const lines = linesOf([...searchUnderWay, ended], 100, isDumb);
      expect(lines).toEqual([
        'APO started (simulated models): 8 runners, seed 0, run-1',
        'plan: 3 rounds, about 400 rollouts (20 of them on the test set) and 24 optimiser calls',
        'validation, start: v0 scored 0.475 (95 % 0.375 – 0.575) on 80 tasks, best so far',
        'round 1 of 3: 2 new candidates, 1 dropped (lost {x}), ahead on 16 sampled tasks: v1 0.625, v0',
        'validation, round 1: v1 scored 0.700 (95 % 0.600 – 0.800) on 80 tasks, best so far, +0.225 over v0',
        'a rollout failed: TypeError: room 12 is not there',
        'warning: 2 of 200 rollouts failed and count 0; the first error was: TypeError: room 12 is not there',
        'round 2 of 3: 1 new candidate',
        'completed after 0:03: 200 rollouts, 2 failed',
      ]);
    });

    it('says where the run stands, less and less often, and also when nothing happens in it', () => {
      const text: string[] = [];
      const progress = new TerminalProgress({ output: { write: (chunk) => text.push(chunk) } });
      showAll(progress, [started(), says({ type: 'plan', rounds: 2, rollouts: 80, modelCalls: 9 })]);
      showAll(progress, [says({ type: 'round-started', round: 1, rounds: 2 }), does('p0-b0', 'asking the critic')]);
      vi.advanceTimersByTime(6000);
      const standing = 'round 1 of 2, 0 of about 100 rollouts done, 1 asking the critic\n';
      expect(text.slice(2)).toEqual([`   0:05  ${standing}`, `   0:10  ${standing}`]);
      showAll(progress, [rollouts({ succeeded: 30, failed: 2, running: 8 })]);
      vi.advanceTimersByTime(6 * 60_000);
      const seconds = text.map((line) => Number(line.slice(0, 4)) * 60 + Number(line.slice(5, 7)));
      const gaps = seconds.slice(3).map((second, index) => second - seconds[index + 2]!);
      expect(gaps.slice(0, 3)).toEqual([5, 5, 5]);
      expect(gaps.at(-1)).toBeGreaterThan(25);
      expect(gaps).toEqual(gaps.toSorted((x, y) => x - y));
      expect(text.at(-1)).toMatch(/round 1 of 2, 32 of about 100 rollouts done, 8 running, 2 failed, about .* left\n$/);
      progress.close();
      expect(vi.getTimerCount()).toBe(0);
    });

    it('says nothing twice of a process that waits for others', () => {
      const text: string[] = [];
      const progress = new TerminalProgress({ output: { write: (chunk) => text.push(chunk) } });
      showAll(progress, [started({ algorithm: null })]);
      vi.advanceTimersByTime(600_000);
      expect(text.map((line) => line.slice(9))).toEqual([
        'serving the queue (simulated models): 8 runners, seed 0, run-1\n',
        '0 rollouts done\n',
      ]);
      progress.close();
    });

    it('is not flooded by counters, and escapes what others say', () => {
      const many = Array.from({ length: 1000 }, (_, succeeded) => rollouts({ succeeded }));
      const lines = linesOf([started(), ...many, { type: 'warning', message: 'a\x1b[2J\nb' }], 20);
      expect(lines.filter((line) => line.includes('rollouts done'))).toHaveLength(4);
      expect(lines.at(-1)).toBe('warning: a\\x1b[2J b');
    });

    it('tells with the counters what is spent of the budget', () => {
      const spend = { ...NO_SPEND, rollouts: 87, usd: 0.42 };
      const budget = { rollouts: 100, usd: 5 };
      const lines = linesOf([started(), { type: 'spend', spend, budget }, rollouts({ succeeded: 80 })], 20_000);
      expect(lines.at(-1)).toBe('80 rollouts done, budget: $0.42 of $5.00 · rollouts 87 of 100');
    });

    it('tells how long it is going to take once there is something to go by, which the start is not', () => {
      const planned = says({ type: 'plan', rounds: 1, rollouts: 80, modelCalls: 0 });
      const ended = [10, 20, 30].map((succeeded) => rollouts({ succeeded }));
      // 20 s until the first 10 of 100 have ended, and then 10 s for each 10.
      const lines = linesOf([started(), planned, ...ended], 10_000);
      expect(lines.filter((line) => /^0 of.* left/.test(line))).toEqual([]);
      expect(lines).toContain('10 of about 100 rollouts done, about 0:45 left');
    });

    it('tells a finding once, until it is withdrawn and comes again', () => {
      const finding = (count: number): TrainerEvent => ({
        type: 'finding',
        finding: { code: 'no-spans', message: `no call in ${count} rollouts`, details: {} },
      });
      const withdrawn: TrainerEvent = { type: 'finding-withdrawn', code: 'no-spans' };
      const lines = linesOf([started(), finding(1), finding(2), withdrawn, finding(3)], 1000);
      expect(lines.filter((line) => line.startsWith('finding'))).toEqual([
        'finding: no call in 1 rollouts',
        'finding: no call in 3 rollouts',
      ]);
    });

    it('takes a label of its own', () => {
      let text = '';
      const progress = new TerminalProgress({ output: { write: (chunk) => (text += chunk) }, label: 'mine' });
      progress.show(started());
      expect(text).toContain('APO started (mine)');
    });
  });

  it('refuses options that it does not know', () => {
    expect(() => new TerminalProgress({ colour: true } as never)).toThrow('colour');
  });
});
