import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isWorkerGone, uniqueWorkerIdPrefix } from './worker-id-prefix.ts';

describe('isWorkerGone()', () => {
  it('is true of workers whose process has ended, on this machine', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    const { pid } = child;
    await once(child, 'exit');
    expect(isWorkerGone(`${hostname()}-${pid}-a1b2c3-runner-1`)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is true of one that has ended and was not reaped yet', async () => {
    // The shell becomes a sleep, which never waits for the child that it inherits.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const workerId = `${hostname()}-${Number(text.toString())}-a1b2c3-runner-1`;
    await expect.poll(() => isWorkerGone(workerId)).toBe(true);
  });

  it.each([
    ['of this process', `${uniqueWorkerIdPrefix()}-1`],
    ['of a process that is alive', `${hostname()}-${process.ppid}-a1b2c3-runner-1`],
    ['of another machine', `elsewhere-${hostname()}-1-a1b2c3-runner-1`],
    ['with an id of its own', 'my-worker'],
    ['of a run that had its store to itself', 'runner-1'],
  ])('is false of a worker %s', (_, workerId) => {
    expect(isWorkerGone(workerId)).toBe(false);
  });
});
