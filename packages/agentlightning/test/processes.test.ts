import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '@agentlightning/core/testing';
import { afterEach, describe, expect, it } from 'vitest';

/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';

const children: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs a fixture with the Node that runs the tests. */
function start(fixture: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const file = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env } });
  children.push(child);
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = (): void => void (output.includes(text) && resolve());
      listeners.add(check);
      check();
      ended.then(() => reject(new Error(`The process ended without saying '${text}': ${output}`)), reject);
    });
  return { child, ended, says };
}

function lastLine(output: string): Record<string, unknown> {
  try {
    return JSON.parse(output.trim().split('\n').at(-1)!) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`The process did not end with a line of JSON: ${output}`, { cause: error });
  }
}

describe('Ctrl-C during a run', () => {
  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const;

  it.each(every ? signals : signals.slice(0, 1))(
    '%s makes fit() resolve with what is known, and the process end by itself with code %i',
    async (name, code) => {
      const run = start('interrupted-run.ts');
      await run.says('working');
      run.child.kill(name);
      const { code: exitCode, output } = await run.ended;
      expect(lastLine(output)).toMatchObject({ stopReason: 'interrupted', exitCode: code });
      expect(lastLine(output).rollouts).toMatchObject({ succeeded: 1, running: 0, cancelled: 0 });
      expect(exitCode).toBe(code);
    },
  );

  it('is left to the system with handleSignals: false', async () => {
    const run = start('interrupted-run.ts', ['unhandled']);
    await run.says('working');
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: null, signal: 'SIGINT' });
  });
});

describe('agent and training in one file', () => {
  const guarded: [string, string[]][] = [
    ['a URL', ['url']],
    ['an object', []],
    ['a URL, in one thread', ['url', 'one thread']],
  ];

  it.each(every ? guarded : guarded.slice(0, 1))(
    'works when the training is guarded, with the agent as %s',
    async (_, args) => {
      const { code, output } = await start('one-file.ts', args).ended;
      expect({ code, result: lastLine(output) }).toMatchObject({ code: 0, result: { n: 3, failed: 0 } });
      // A library says nothing by itself.
      expect(output.trim().split('\n')).toHaveLength(1);
    },
  );

  const unguarded: [string, string[], string][] = [
    ['an object', [], 'while its module is imported'],
    ['its source', ['source'], 'while its module is imported'],
    ['an object, and nobody awaiting the training', ['later'], 'inside a runner thread'],
  ];

  it.each(every ? unguarded : unguarded.slice(0, 1))(
    'is refused with what to write when it is not, with the agent as %s',
    async (_, args, where) => {
      const { output } = await start('unguarded.ts', args).ended;
      expect(output).toContain(`A run cannot be started ${where}`);
      expect(output).toContain('import.meta.main');
      expect(output).not.toContain('trained');
    },
  );

  it.runIf(every)('is refused where the first training has an agent of another file', async () => {
    const { output } = await start('unguarded-twice.ts').ended;
    expect(output).toContain('import.meta.main');
    // By the main thread, and by no other.
    expect(output.match(/trained/g)).toHaveLength(1);
  });
});

describe('the algorithm in one process and the runners in another', () => {
  it('gives the result of the run, and the runners stop when it ends', async () => {
    const env = { AGL_SERVER_PORT: String(await freePort()), AGL_TOKEN: 'a-token-of-the-test-0123456789abcdef' };
    const algorithm = start('two-roles.ts', [], { ...env, AGL_CURRENT_ROLE: 'algorithm' });
    const runner = start('two-roles.ts', [], { ...env, AGL_CURRENT_ROLE: 'runner' });
    const [first, second] = await Promise.all([algorithm.ended, runner.ended]);
    expect(lastLine(first.output)).toMatchObject({ stopReason: 'completed', train: { mean: 0.5, n: 4, failed: 0 } });
    expect(lastLine(second.output)).toMatchObject({ stopReason: 'run-ended' });
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.output + second.output).not.toContain(env.AGL_TOKEN);
  });

  it('says what to set when a runner does not know where to go', async () => {
    const { code, output } = await start('two-roles.ts', [], { AGL_CURRENT_ROLE: 'runner' }).ended;
    expect(code).toBe(1);
    expect(output).toContain('AGL_SERVER_PORT');
    expect(output).toContain('AGL_TOKEN');
  });
});

describe('a main process that is killed', () => {
  it.runIf(every)('leaves no runners that join the next run with old code, as upstream does: they end', async () => {
    const env = { AGL_SERVER_PORT: String(await freePort()), AGL_TOKEN: 'a-token-of-the-test-0123456789abcdef' };
    const serve = (tasks: readonly string[], algorithm?: 'computes') =>
      start('stopped-run.ts', [JSON.stringify({ tasks, algorithm, strategy: { role: 'algorithm', ...address } })]);
    const address = { port: Number(env.AGL_SERVER_PORT), token: env.AGL_TOKEN };
    const join = () =>
      start('stopped-run.ts', [
        JSON.stringify({ tasks: ['ends'], strategy: { role: 'runner', threads: 1, ...address } }),
      ]);
    const [killed, orphan] = [serve(['ends'], 'computes'), join()];
    await killed.says('the algorithm computes');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const next = serve(['ends', 'ends']);
    const { code, output } = await orphan.ended;
    expect({ code, ...lastLine(output) }).toMatchObject({ code: 0, stopReason: 'run-ended' });
    const runner = join();
    expect(lastLine((await next.ended).output)).toMatchObject({ stopReason: 'completed', rollouts: { succeeded: 3 } });
    expect(lastLine((await runner.ended).output)).toMatchObject({ stopReason: 'run-ended' });
  });
});
