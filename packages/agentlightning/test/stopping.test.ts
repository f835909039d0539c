import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SqliteLightningStore } from '@agentlightning/store-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StoppedRun } from './fixtures/stopped-run.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/stopped-run.ts', import.meta.url));

/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';

/** Signals that come sooner after another are taken for the same press of Ctrl-C. */
const BETWEEN_PRESSES_MS = 110;

/** A run in a process of its own. */
function start(run: StoppedRun) {
  const runs = mkdtempSync(join(tmpdir(), 'agl-stopping-'));
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(run)], {
    env: { ...process.env, AGL_RUNS_DIRECTORY: runs },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  // Not `close`: what the process leaves behind may hold its output open.
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(runs, { recursive: true });
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => void (output.includes(text) && resolve());
      listeners.add(check);
      check();
      closed.then(() => reject(new Error(`The process ended without saying '${text}': ${output}`)), reject);
    });
  let presses = 0;
  return {
    child,
    runs,
    says,
    closed,
    output: () => output,
    /** Waits until agents are at work on these tasks. */
    begun: () => Promise.all(run.tasks.map((task) => says(`begun: ${task}`))),
    /** One more signal, once the last one has been understood. */
    press: async (step: string, signal: NodeJS.Signals = 'SIGINT'): Promise<void> => {
      if (presses++ > 0) await delay(BETWEEN_PRESSES_MS);
      child.kill(signal);
      if (step !== 'kill') await says(`${step} by ${signal}`);
    },
    ended,
  };
}

function lastLine(output: string): { readonly runDirectory: string } & Record<string, unknown> {
  return JSON.parse(output.trim().split('\n').at(-1)!) as { readonly runDirectory: string };
}

/** Where the rollouts of a run stand, and what became of their latest attempts. */
async function leftInStore(runDirectory: string) {
  const store = await SqliteLightningStore.open({ path: join(runDirectory, 'store.db'), readOnly: true });
  try {
    const { items } = await store.queryRollouts({ sortBy: 'startTime' });
    return items.map((rollout) => [
      rollout.input,
      rollout.status,
      'attempt' in rollout ? rollout.attempt.status : undefined,
      'attempt' in rollout ? rollout.attempt.metadata?.['reason'] : undefined,
    ]);
  } finally {
    await store.close();
  }
}

describe("Ctrl-C, of which upstream's leaves rollouts running and exits with 0", () => {
  it('leaves no rollout running and none succeeded that did not, and exits with 130', async () => {
    const run = start({ tasks: ['obeys', 'is deaf'], strategy: { threads: 1, abortMs: 50 } });
    await run.begun();
    await run.press('drain');
    await run.press('abort');
    expect(await run.ended).toEqual({ code: 130, signal: null });
    const told = lastLine(run.output());
    expect(told).toMatchObject({
      stopReason: 'interrupted',
      exitCode: 130,
      rollouts: { succeeded: 1, running: 0, cancelled: 0 },
    });
    expect(await leftInStore(told.runDirectory)).toEqual([
      ['ends', 'succeeded', 'succeeded', undefined],
      ['obeys', 'requeuing', 'unresponsive', 'shutdown'],
      ['is deaf', 'requeuing', 'unresponsive', 'shutdown'],
    ]);
  });

  it.each(every ? ['thread', 'process'] : ['thread'])(
    "ends whatever agents do when it is pressed three times: isolation '%s'",
    async (isolation) => {
      const tasks = ['is deaf', 'computes'] as const;
      const run = start({ tasks, strategy: { isolation } });
      await run.begun();
      await run.press('drain');
      await run.press('abort');
      await run.press('terminate');
      expect(await run.ended).toEqual({ code: 130, signal: null });
      const told = lastLine(run.output());
      expect(told).toMatchObject({ stopReason: 'interrupted', exitCode: 130 });
      const left = await leftInStore(told.runDirectory);
      expect(left.map(([input, status]) => [input, status])).toEqual([
        ['ends', 'succeeded'],
        ...tasks.map((task) => [task, 'requeuing']),
      ]);
      // Nobody is left who could write.
      await run.closed;
    },
  );

  it('leaves an agent behind that is in the main thread, until it is pressed once more', async () => {
    const run = start({ tasks: ['is deaf'], strategy: 'one thread' });
    await run.begun();
    await run.press('drain');
    await run.press('abort');
    await run.press('terminate');
    await run.says('"stopReason":"interrupted"');
    const told = lastLine(run.output());
    expect(told['warnings']).toEqual([expect.stringContaining('run on in this thread')]);
    expect((await leftInStore(told.runDirectory)).at(-1)).toEqual([
      'is deaf',
      'requeuing',
      'unresponsive',
      'interrupted',
    ]);
    await run.press('kill');
    expect(await run.ended).toEqual({ code: null, signal: 'SIGINT' });
  });

  it.runIf(every)('leaves a store that can be read when the thread that had it open was ended', async () => {
    const run = start({ tasks: ['obeys'], strategy: { mainProcess: 'runner' }, algorithm: 'computes' });
    await run.says('the algorithm computes');
    await run.press('drain');
    await run.press('abort');
    await run.press('terminate');
    expect(await run.ended).toEqual({ code: 130, signal: null });
    const told = lastLine(run.output());
    // Nobody's agent: none was at work.
    expect(told).toMatchObject({
      stopReason: 'interrupted',
      warnings: [expect.stringContaining('The algorithm did not stop within')],
    });
    expect(await leftInStore(told.runDirectory)).toEqual([['ends', 'succeeded', 'succeeded', undefined]]);
  });

  it('ends the process at once when it is pressed four times, with what its threads wait for', async () => {
    const run = start({ tasks: ['waits for a process'], strategy: { terminateMs: 600_000 } });
    await run.begun();
    await run.says('process: ');
    await run.press('drain');
    await run.press('abort');
    await run.press('terminate');
    await run.press('kill');
    expect(await run.ended).toEqual({ code: null, signal: 'SIGINT' });
    // The output is closed once nobody holds it any more.
    if (existsSync('/proc/thread-self')) await run.closed;
    else process.kill(Number(/process: (\d+)/.exec(run.output())![1]), 'SIGKILL');
  });

  it('SIGTERM alone ends everything by the deadlines, with 143', async () => {
    const strategy = { threads: 2, drainMs: 50, abortMs: 50, terminateMs: 50, killMs: 5_000 };
    const run = start({ tasks: ['computes', 'waits for a process'], strategy });
    await run.begun();
    await run.press('drain', 'SIGTERM');
    expect(await run.ended).toEqual({ code: 143, signal: null });
    await run.closed;
    expect(await leftInStore(lastLine(run.output()).runDirectory)).toEqual([
      ['ends', 'succeeded', 'succeeded', undefined],
      ['computes', 'requeuing', 'unresponsive', 'interrupted'],
      ['waits for a process', 'requeuing', 'unresponsive', 'interrupted'],
    ]);
  });

  it.runIf(every && process.platform !== 'win32')(
    'ends the process although a thread is stuck in a call that nothing can end',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'agl-pipe-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const strategy = { drainMs: 0, abortMs: 0, terminateMs: 20, killMs: 20 };
      const run = start({ tasks: ['waits for a pipe'], strategy, pipe });
      await run.begun();
      await run.press('drain', 'SIGTERM');
      expect(await run.ended).toEqual({ code: null, signal: 'SIGTERM' });
      expect(lastLine(run.output())).toMatchObject({ stopReason: 'interrupted', exitCode: 143 });
    },
  );
});

/** `script` of util-linux, which runs a command on a terminal of its own. */
const hasTerminal = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

const ESCAPE = '\u001b';
const COLOUR = new RegExp(`${ESCAPE}\\[([\\d;]*)m`, 'g');

describe.runIf(hasTerminal)('A terminal', () => {
  /** Runs the script on a terminal, presses Ctrl-C there, and answers all that the terminal was sent, with the exit code. */
  async function onTerminal(
    run: StoppedRun,
    presses: number,
  ): Promise<{ readonly sent: string; readonly code: string }> {
    const runs = mkdtempSync(join(tmpdir(), 'agl-terminal-'));
    // The settings of the terminal before and after, and how the process ended as a shell sees it.
    const command = `trap : INT; stty -g; '${process.execPath}' '${SCRIPT}' '${JSON.stringify(run)}'; echo "code $?"; stty -g`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, AGL_RUNS_DIRECTORY: runs, SHELL: '/bin/bash' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(runs, { recursive: true });
    });
    let sent = '';
    let pressed = 0;
    const steps = ['what is in flight may finish', 'what is in flight is aborted', 'threads are ended'];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      sent += text;
      const isUnderstood = pressed === 0 ? sent.includes('begun:') : sent.includes(steps[pressed - 1]!);
      if (pressed >= presses || !isUnderstood) return;
      pressed += 1;
      setTimeout(() => child.stdin.write('\x03'), BETWEEN_PRESSES_MS);
    });
    await ended;
    return { sent, code: /code (\d+)/.exec(sent)?.[1] ?? 'none' };
  }

  const endings = [
    ['after Ctrl-C, twice', { tasks: ['obeys'], strategy: 'one thread' }, 2, '130'],
    ['at the end of a run', { tasks: ['ends'], strategy: 'one thread' }, 0, '0'],
    ['after an exception', { tasks: ['obeys'], throws: true, strategy: 'one thread' }, 0, '1'],
    ['after four', { tasks: ['waits for a process'], strategy: { terminateMs: 600_000 } }, 4, '130'],
  ] as const;

  it.each(every ? endings : endings.slice(0, 1))('is as it was %s', async (_name, run, presses, code) => {
    const { sent, code: ended } = await onTerminal({ ...run, progress: true }, presses);
    expect(ended, sent).toBe(code);
    const [before, after] = [sent.split(/\r?\n/)[0], sent.trimEnd().split(/\r?\n/).at(-1)];
    expect(after).toBe(before);
    // Neither a hidden cursor nor another screen; and Node, which prints exceptions in colours, sets them back.
    expect(sent).not.toContain(`${ESCAPE}[?`);
    expect([undefined, '0', '39']).toContain([...sent.matchAll(COLOUR)].at(-1)?.[1]);
    // What follows the end of the process begins a line of its own, but for the ^C of the terminal itself.
    expect(sent).toMatch(/\n(\^C)*\r?\n?code \d/);
  });
});

it('A run goes on when nobody reads what is shown of it any more', async () => {
  const run = start({ tasks: ['ends'], strategy: 'one thread', progress: true });
  run.child.stderr.destroy();
  expect(await run.ended).toEqual({ code: 0, signal: null });
  expect(lastLine(run.output())).toMatchObject({ stopReason: 'completed' });
});

it.skipIf(hasTerminal)('The terminal is not tested here, as there is no `script` of util-linux', () => {});
