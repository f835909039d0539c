import { silentLogger } from '@agentlightning/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestRequest } from '../../test/fixtures/thread-entry.ts';
import type { HostedWorker } from '../worker-thread/hosted-worker.ts';
import { ThreadGroup } from '../worker-thread/thread-group.ts';
import { watchEventLoop } from './watch-event-loop.ts';

let group: ThreadGroup<TestRequest>;
let thread: HostedWorker<TestRequest>;

beforeEach(async () => {
  const entry = new URL('../../test/fixtures/thread-entry.ts', import.meta.url);
  group = new ThreadGroup<TestRequest>({ entry, exportName: 'runTestThread', threads: 1, logger: silentLogger });
  thread = group.host();
  await thread.request({ type: 'ping' });
});

afterEach(() => group.close());

describe('watchEventLoop()', () => {
  it('terminates a thread whose event loop stands still', async () => {
    const stop = watchEventLoop(thread, 100);
    await expect(thread.request({ type: 'block' })).rejects.toMatchObject({
      cause: { message: 'its event loop stood still for 100 ms' },
    });
    stop();
  });

  it('blames no thread when it was this one that stood still', async () => {
    const stop = watchEventLoop(thread, 100);
    for (let turn = 0; turn < 3; turn++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
      await expect(thread.request({ type: 'echo', value: turn })).resolves.toBe(turn);
    }
    stop();
  });

  it('leaves a thread alone that a debugger may hold, and no longer than that', async () => {
    let isDebugged = true;
    let ticks = 0;
    const blocked = expect(thread.request({ type: 'block' })).rejects.toMatchObject({ name: 'WorkerGone' });
    const stop = watchEventLoop(thread, 40, () => {
      // Ten ticks are more than twice as long as the thread may stand still.
      isDebugged = ++ticks < 10;
      return isDebugged;
    });
    await blocked;
    expect(isDebugged).toBe(false);
    stop();
  });

  it('leaves a thread alone once it is told to', async () => {
    watchEventLoop(thread, 1)();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    await expect(thread.request({ type: 'echo', value: 1 })).resolves.toBe(1);
  });
});
