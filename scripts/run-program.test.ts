import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

/** Runs a script in Node. */
async function run(script: string, lastLines = 3) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const ended = await runProgram([process.execPath, '--eval', script], { env: process.env, lastLines, stdout, stderr });
  stdout.end();
  stderr.end();
  return { ...ended, stdout: await text(stdout), stderr: await text(stderr) };
}

describe('runProgram()', () => {
  it('passes all on that is printed, and keeps the end of it without colours', async () => {
    const ended = await run(`
      for (let line = 1; line <= 100; line++) console.log('\\x1b[31mline ' + line + '\\x1b[39m');
      setTimeout(() => { process.stderr.write('it broke'); process.exitCode = 3; }, 50);`);
    expect(ended).toMatchObject({ code: 3, problem: undefined, stderr: 'it broke' });
    expect(ended.lastLines).toEqual(['line 99', 'line 100', 'it broke']);
    expect(ended.stdout.split('\n')).toHaveLength(101);
    expect(ended.stdout).toContain('\x1b[31mline 1\x1b[39m\n');
  });

  it('puts lines together that come in pieces', async () => {
    const ended = await run(`
      const bytes = Buffer.from('grün\\n');
      process.stdout.write(bytes.subarray(0, 3));
      setTimeout(() => process.stdout.write(bytes.subarray(3)), 50);`);
    expect(ended.lastLines).toEqual(['grün']);
  });

  it('does not wait for those that a program has left behind', async () => {
    const ended = await run(`
      const { spawn } = require('node:child_process');
      const left = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 30_000)'], { stdio: 'inherit' });
      console.log(left.pid);
      process.exit(0);`);
    process.kill(Number(ended.lastLines[0]), 'SIGKILL');
    expect(ended).toMatchObject({ code: 0 });
  });

  it('tells what kept a program from its end', async () => {
    expect(await run(`process.kill(process.pid, 'SIGKILL')`)).toMatchObject({
      code: null,
      problem: 'ended by SIGKILL',
    });
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const missing = runProgram(['no-such-program-of-ours'], { env: process.env, lastLines: 3, stdout, stderr });
    expect(await missing).toMatchObject({ code: null, problem: expect.stringContaining('ENOENT') });
  });
});
