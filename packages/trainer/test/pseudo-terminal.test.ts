import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EmulatedTerminal } from './fixtures/emulated-terminal.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/shown-run.ts', import.meta.url));

/** `script` of util-linux, which runs a command on a terminal of its own. */
const hasTerminal = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

/** A run that is shown on a terminal of the system. What it writes is shown on an emulated one of the same size. */
function showOn(columns: number, rows: number) {
  const emulated = new EmulatedTerminal(columns, rows);
  const command = `tty; stty cols ${columns} rows ${rows}; '${process.execPath}' '${SCRIPT}'; echo "code $?"`;
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/bash' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let sent = '';
  let check = (): void => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    sent += text;
    emulated.write(text);
    check();
  });
  return {
    emulated,
    ended,
    press: (key: string) => child.stdin.write(key),
    /** The device of the terminal that the run is shown on. */
    device: () => /\/dev\/pts\/\d+/.exec(sent)![0],
    /** Waits until the run has written a text. */
    until: (text: string) =>
      new Promise<void>((resolve) => {
        check = () => {
          if (sent.includes(text)) resolve();
        };
        check();
      }),
  };
}

describe.runIf(hasTerminal)('On a terminal of the system (needs `script` of util-linux)', () => {
  it('a run is one screen at 80 columns, and one after it has become 50', async () => {
    const { emulated, ended, device, until } = showOn(80, 30);
    await until('round 3 of 3');
    await until('TypeError');
    const wide = await emulated.screen();
    expect(wide.filter((line) => line.includes('APO'))).toEqual(['APO · simulated models · run-1']);
    expect(wide).toContain('★ ├ v1      0.700  0.60–0.80   80                      ├─●─┤      best, in beam');
    await emulated.resize(50, 30);
    execFileSync('stty', ['-F', device(), 'cols', '50', 'rows', '30']);
    await ended;
    const narrow = await emulated.screen();
    expect(
      narrow.filter((line) => line.includes('APO')),
      narrow.join('\n'),
    ).toHaveLength(1);
    expect(narrow).toContain('★ ├ v1      0.700  0.60–0.80   80    best');
    expect(narrow).toContain('! now in 50 columns');
    expect(narrow.at(-1)).toBe('code 0');
    expect(narrow.some((line) => line.startsWith('round 3 of 3 · completed after'))).toBe(true);
  });

  it('Ctrl-C at 50 columns leaves whole lines, a visible cursor and the screen as it was', async () => {
    const { emulated, ended, press, until } = showOn(50, 12);
    await until('round 3 of 3');
    press('\x03');
    await ended;
    const lines = await emulated.screen();
    for (const line of lines) expect(line.length).toBeLessThan(50);
    expect(lines.filter((line) => line.includes('APO'))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^(\^C)?(code 130)?$/);
    expect(emulated.sent).not.toContain('\x1b[?');
  });
});
