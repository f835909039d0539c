import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard } from '@agentlightning/simulated-llm/rooms-hard';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AGL, emptyFolder, startAgl } from './running-agl.ts';

/** Where what a new project depends on is installed. */
const INSTALLED = fileURLToPath(new URL('../../../examples/room-selector/node_modules', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

async function newProject(...args: string[]): Promise<string> {
  const folder = join(emptyFolder(), 'project');
  expect(await startAgl(['init', folder, ...args]).ended).toMatchObject({ code: 0 });
  symlinkSync(INSTALLED, join(folder, 'node_modules'));
  return folder;
}

describe('what agl init writes', () => {
  it('is a project whose types are right, whatever the models', async () => {
    const folder = await newProject();
    const real = await startAgl(['init', join(folder, 'real'), '--endpoint', 'openai']).ended;
    const local = await startAgl(['init', join(folder, 'local'), '--endpoint', 'http://127.0.0.1:9/v1']).ended;
    expect([real.code, local.code]).toEqual([0, 0]);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.base.json'),
        compilerOptions: {
          ...{ composite: false, noEmit: true, declaration: false, declarationMap: false, sourceMap: false },
          typeRoots: [join(ROOT, 'node_modules/@types')],
        },
        include: ['*.ts', 'real/*.ts', 'local/*.ts'],
      }),
    );
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
  });

  it('is a search that can be planned and run as it is, on models that are simulated and said to be', async () => {
    const folder = await newProject();
    const env = { OPENAI_API_KEY: '', AGL_RUNS_DIRECTORY: '' };
    const { stdout, stderr, code } = await startAgl(['run', '--budget-rollouts', '41'], { cwd: folder, env }).ended;
    expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('simulated models') });
    expect(stdout).toContain('Scores (simulated models)\n');
  });

  it('asks real models once there is a key, also one in a file that git ignores', async () => {
    const folder = await newProject();
    const names = { 'gpt-4.1-nano': 'sim-agent-weak', 'gpt-5-mini': 'sim-critic', 'gpt-4.1-mini': 'sim-editor' };
    const server = await startSimulatedLlm({ apiKey: 'key-of-the-test', aliases: names });
    onTestFinished(() => server.close());
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toMatch(/^\.env$/m);
    writeFileSync(join(folder, '.env'), `OPENAI_API_KEY=key-of-the-test\nOPENAI_BASE_URL=${server.baseUrl}\n`);
    const env = { OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined };
    const { code, stdout } = await startAgl(['doctor'], { cwd: folder, env }).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/APO \(gpt-4\.1-nano\)[\s\S]*✓ spans/) });
    expect(Object.keys((await server.stats()).callsByModel).sort()).toEqual(Object.keys(names).sort());
  });

  it('has the tasks that the simulated model is made for', () => {
    const { train, val, test } = generateRoomsHard({ tasks: 160 });
    for (const [name, rows] of Object.entries({ train, val, test })) {
      const text = readFileSync(new URL(`../template/tasks/${name}.jsonl`, import.meta.url), 'utf8');
      expect(text).toBe(rows.map((row) => `${JSON.stringify({ ...row, id: undefined })}\n`).join(''));
    }
  });
});

const hasTerminals = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

describe.runIf(hasTerminals)('agl init on a terminal', () => {
  /** Types text once the first question is there. */
  async function type(folder: string, text: string): Promise<{ sent: string; code: unknown }> {
    const child = spawn('script', ['-qec', `'${process.execPath}' '${AGL}' init '${folder}'`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const closed = once(child, 'close');
    let sent = '';
    let isTyped = false;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      sent += chunk;
      if (!isTyped && sent.includes('called?')) {
        isTyped = true;
        child.stdin.write(text);
      }
    });
    const [code] = (await closed) as [number];
    return { sent, code };
  }

  it('takes answers that are pasted in one block', async () => {
    const folder = join(emptyFolder(), 'pasted');
    const { code, sent } = await type(folder, 'pasted-name\r\ryarn\r');
    expect({ code, sent }).toEqual({ code: 0, sent: expect.stringContaining('pasted-name is in') });
    expect(sent).toContain('yarn install');
  });

  it('is stopped by Ctrl-C with 130, and has written nothing', async () => {
    const folder = join(emptyFolder(), 'stopped');
    const { code, sent } = await type(folder, '\x03');
    expect({ code, sent }).toEqual({ code: 130, sent: expect.stringContaining('Stopped before anything was done') });
    expect(existsSync(folder)).toBe(false);
  });
});
