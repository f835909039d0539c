import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AGL, emptyFolder, startAgl } from './running-agl.ts';

const CONFIG = fileURLToPath(new URL('fixtures/counting.config.ts', import.meta.url));
const SIMULATED = new URL('../../simulated-llm/src/spawn-simulated-llm.ts', import.meta.url).href;

/** Runs a line of a shell in which `agl` is the program, and `$CONFIG` the config of the fixture. */
function shell(line: string, cwd: string): { readonly code: number; readonly said: string } {
  const script = `set -o pipefail\nagl() { '${process.execPath}' '${AGL}' "$@"; }\n${line}`;
  const env = { ...process.env, LEDGER: join(cwd, 'ledger'), CONFIG, AGL_RUNS_DIRECTORY: '' };
  try {
    return { code: 0, said: execFileSync('bash', ['-c', script], { cwd, env, encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: string };
    return { code: status, said: stderr };
  }
}

/** How the only run below a folder ended. */
function resultIn(cwd: string): unknown {
  const runs = join(cwd, 'runs');
  return JSON.parse(readFileSync(join(runs, readdirSync(runs)[0]!, 'result.json'), 'utf8'));
}

describe.skipIf(process.platform === 'win32')('Output that nobody reads', () => {
  it('breaks off no run, and leaves no stack', () => {
    for (const line of [
      'agl run "$CONFIG" 2>errors | head -1 >first',
      'agl run "$CONFIG" 2>&1 | true',
      'agl run "$CONFIG" --json 2>errors | true',
      'agl run "$CONFIG" >&- 2>&- <&-',
    ]) {
      const cwd = emptyFolder();
      expect({ line, ...shell(line, cwd) }).toEqual({ line, code: 0, said: '' });
      expect(resultIn(cwd)).toMatchObject({ stopReason: 'completed' });
      const errors = join(cwd, 'errors');
      if (existsSync(errors)) expect(readFileSync(errors, 'utf8')).not.toMatch(/EPIPE|^ +at /m);
    }
  });

  it('ends no server of models that a config has started in a process of its own', () => {
    const cwd = emptyFolder();
    writeFileSync(
      join(cwd, 'agl.config.ts'),
      `import config from ${JSON.stringify(CONFIG)};
       import { spawnSimulatedLlm } from ${JSON.stringify(SIMULATED)};
       export default async () => {
         const server = await spawnSimulatedLlm();
         return { ...(await config()), close: async () => {
           await server.stats();
           await server.close();
         } };
       };`,
    );
    expect(shell('agl run 2>&1 | true', cwd)).toEqual({ code: 0, said: '' });
  });

  it.each(['--help', 'runs', 'plan "$CONFIG"'])('is no failure of agl %s', (args) => {
    const line = `agl ${args} 2>&1 | true`;
    expect(shell(line, emptyFolder())).toEqual({ code: 0, said: '' });
  });

  it.runIf(existsSync('/dev/full'))('is told where it did not get to its file, with 3', () => {
    for (const line of ['agl --help >/dev/full', 'agl runs >/dev/full']) {
      expect(shell(line, emptyFolder())).toEqual({
        code: 3,
        said: expect.stringMatching(/^error: The output is not complete: ENOSPC.*\n$/),
      });
    }
    // What is told beside the answer may get lost.
    expect(shell('agl runs 2>/dev/full', emptyFolder())).toMatchObject({ code: 0 });
  });
});

const hasTerminals = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

describe.skipIf(process.platform === 'win32')('The end of a terminal', () => {
  it('is nothing to a run that has none, as under nohup', async () => {
    const cwd = emptyFolder();
    const env = { LEDGER: join(cwd, 'ledger'), AGL_RUNS_DIRECTORY: '', LATER_MS: '100' };
    const { child, line, ended } = startAgl(['run', CONFIG, '--json'], { cwd, env });
    await line();
    child.kill('SIGHUP');
    expect(await ended).toMatchObject({ code: 0 });
    expect(resultIn(cwd)).toMatchObject({ stopReason: 'completed' });
  });

  it('is nothing to a store that has none', async () => {
    const { child, line, ended } = startAgl(['store', '--memory', '--port', '0', '--json']);
    const { url, token } = JSON.parse(await line()) as { url: string; token: string };
    child.kill('SIGHUP');
    const headers = { authorization: `Bearer ${token}` };
    for (let asked = 0; asked < 3; asked += 1) {
      expect((await fetch(`${url}/v1/agl/health`, { headers })).status).toBe(200);
    }
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143 });
  });

  it.runIf(hasTerminals)('stops a run that is shown on it in good order', async () => {
    const cwd = emptyFolder();
    const ledger = join(cwd, 'ledger');
    mkdirSync(join(cwd, 'runs'));
    const child = spawn('script', ['-qec', `'${process.execPath}' '${AGL}' run '${CONFIG}'`, '/dev/null'], {
      cwd,
      env: { ...process.env, LEDGER: ledger, AGL_RUNS_DIRECTORY: '', LATER_MS: '500', TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    while (!shown.includes('best score')) await once(child.stdout, 'data');
    // Its end of the terminal is closed with it.
    child.kill('SIGKILL');
    const lines = (): string[] => readFileSync(ledger, 'utf8').trim().split('\n');
    await vi.waitUntil(() => lines().at(-1) === 'closed', { timeout: 50_000 });
    expect(resultIn(cwd)).toMatchObject({ stopReason: 'interrupted' });
  });
});
