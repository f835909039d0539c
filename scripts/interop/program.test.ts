import { afterEach, describe, expect, it, vi } from 'vitest';
import { Checks } from './checks.ts';
import { Program, type ProgramOptions } from './program.ts';

const started: Program[] = [];
afterEach(async () => {
  for (const program of started.splice(0)) await program[Symbol.asyncDispose]();
  vi.restoreAllMocks();
});

function start(code: string, options: Omit<ProgramOptions, 'name' | 'command'> = {}): Program {
  const program = new Program({ name: 'test', command: [process.execPath, '-e', code], ...options });
  started.push(program);
  return program;
}

/** Whether a process is there. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('Program', () => {
  it('hands over results, and checks that count', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const checks = new Checks();
    const program = start(
      `console.log('@check {"what":"good","ok":true}');
       console.log('@check {"what":"bad","ok":false,"expected":"1","got":"2"}');
       console.log('@result {"a":1}'); console.log('@result {"b":2}'); console.log('other');`,
      { checks },
    );
    expect(await program.result()).toEqual({ a: 1, b: 2 });
    expect([checks.passed, checks.failed]).toEqual([1, 1]);
    expect(program.output).toBe('    test: other');
  });

  it('reports an end with another code than 0, and what was said last', async () => {
    const program = start(`console.error('it broke'); process.exit(3)`);
    await expect(program.result()).rejects.toThrow('test ended with code 3');
    expect(program.output).toContain('it broke');
  });

  it('ends with what it started, though neither obeys', async () => {
    const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`;
    const program = start(
      `const { spawn } = require('node:child_process');
       const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${deaf} console.log('@ready')`)}], { stdio: ['ignore', 'pipe', 'inherit'] });
       child.stdout.once('data', () => console.log('child ' + child.pid));
       ${deaf}`,
    );
    const pid = await vi.waitUntil(() => Number(/child (\d+)/.exec(program.output)?.[1] ?? 0), { timeout: 30_000 });
    expect(isAlive(pid)).toBe(true);
    await program[Symbol.asyncDispose]();
    await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000 });
  });
});
