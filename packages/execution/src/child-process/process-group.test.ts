import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Json, LightningError, type Logger, silentLogger } from '@agentlightning/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestRequest } from '../../test/fixtures/thread-entry.ts';
import { isRunning } from '../../test/is-running.ts';
import { expectNothingLeft, openResources } from '../../test/leftovers.ts';
import { ProcessGroup } from './process-group.ts';

const ENTRY = new URL('../../test/fixtures/thread-entry.ts', import.meta.url);

let before: string[];
let group: ProcessGroup<TestRequest>;

function open(logger: Logger = silentLogger): ProcessGroup<TestRequest> {
  group = new ProcessGroup({ entry: ENTRY, exportName: 'runTestWorker', heapMb: 64, rssMb: 500, logger });
  return group;
}

beforeEach(() => {
  before = openResources();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await group.close();
  await expectNothingLeft(before);
});

/** Resolves when the process is gone; it fails by the time limit of the test. */
async function isGone(pid: number): Promise<void> {
  while (isRunning(pid)) await setTimeout(5);
}

describe('ProcessGroup', () => {
  it('hosts a process as a thread is hosted: answers, errors, logs, drain and abort', async () => {
    const lines: unknown[] = [];
    const posts: Json[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields, message) => lines.push({ fields, message }) };
    const hosted = open(logger).host((message) => posts.push(message));
    const value = new Map([['when', new Date(0)]]);
    await expect(hosted.request({ type: 'echo', value })).resolves.toEqual(value);
    await expect(hosted.request({ type: 'fail' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'too far',
      cause: { name: 'RangeError' },
    });
    await expect(hosted.request({ type: 'fail-with-function' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(hosted.request({ type: 'echo', value: () => 1 })).rejects.toThrow(/could not be cloned/);
    hosted.drain();
    hosted.abort(new LightningError('ABORTED', 'enough'));
    await hosted.request({ type: 'log' });
    expect(posts).toEqual(['drain', { code: 'ABORTED', message: 'enough' }]);
    expect(lines).toEqual([{ message: 'look', fields: { err: 'Error: in a thread', call: '() => 1' } }]);
  });

  it('tells what the process said last before it tells its end, and rejects what is pending', async () => {
    const posts: Json[] = [];
    const hosted = open().host((message) => posts.push(message));
    await hosted.request({ type: 'ping' });
    const pending = expect(hosted.request({ type: 'never' })).rejects.toMatchObject({ name: 'WorkerGone' });
    for (let n = 0; n < 100; n++) hosted.drain();
    await expect(hosted.request({ type: 'exit' })).rejects.toMatchObject({
      cause: { message: 'process exited with code: 7' },
    });
    await pending;
    expect(posts).toHaveLength(100);
    await expect(hosted.request({ type: 'ping' })).rejects.toBe(await hosted.gone);
  });

  it('ends a process in an endless loop together with what it started, and says why', async () => {
    const hosted = open().host();
    const { pid, child } = (await hosted.request({ type: 'spawn' })) as { pid: number; child: number };
    expect([isRunning(pid), isRunning(child)]).toEqual([true, true]);
    const blocked = hosted.request({ type: 'block' });
    const reason = new Error('it stood still');
    hosted.terminate(reason);
    await expect(blocked).rejects.toMatchObject({ cause: reason });
    await isGone(pid);
    await isGone(child);
  });

  it('ends what a process started also when that process ends by itself', async () => {
    const hosted = open().host();
    const { child } = (await hosted.request({ type: 'spawn' })) as { child: number };
    await expect(hosted.request({ type: 'exit' })).rejects.toMatchObject({ name: 'WorkerGone' });
    await isGone(child);
  });

  it('ends all of them when it is closed, and closing twice is the same as once', async () => {
    open();
    const hosted = [group.host(), group.host()];
    const pids = await Promise.all(
      hosted.map(async (one) => (await one.request({ type: 'spawn' })) as { pid: number }),
    );
    const blocked = hosted.map((one) => expect(one.request({ type: 'block' })).rejects.toThrow());
    expect(group.close()).toBe(group.close());
    await group.close();
    await Promise.all(blocked);
    expect(pids.map(({ pid }) => isRunning(pid))).toEqual([false, false]);
  });

  it('has no secrets in the arguments or the environment of a process', async () => {
    vi.stubEnv('AGL_TOKEN', 'a-secret-of-the-test');
    vi.stubEnv('AGL_TEST_KEY', 'visible');
    const { pid } = (await open().host().request({ type: 'spawn' })) as { pid: number };
    if (process.platform !== 'linux') return;
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    expect(environment).toContain('AGL_TEST_KEY=visible');
    expect(environment + readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('a-secret-of-the-test');
  });

  it('says that a process could not be started', async () => {
    vi.stubEnv('NODE_OPTIONS', '--no-such-flag');
    const gone = await open().host().gone;
    expect(gone.cause).toMatchObject({ message: 'process exited with code: 9' });
  });
});

describe('A process whose parent is killed', () => {
  it.each(['waits', 'block'] as const)('ends by itself, with what it started, when it %s', async (what) => {
    open();
    const parent = fork(fileURLToPath(new URL('../../test/fixtures/process-parent.ts', import.meta.url)), [what]);
    const [{ pid, child }] = (await once(parent, 'message')) as [{ pid: number; child: number }];
    expect([isRunning(pid), isRunning(child)]).toEqual([true, true]);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await isGone(pid);
    await isGone(child);
  });
});
