import { silentLogger } from '@agentlightning/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestRequest } from '../../test/fixtures/thread-entry.ts';
import type { HostedWorker } from '../worker-thread/hosted-worker.ts';
import { ThreadGroup } from '../worker-thread/thread-group.ts';
import { type EventLoopLimits, watchEventLoop } from './watch-event-loop.ts';

/** Limits that are never reached, but for those that are given. */
function limits(given: Partial<EventLoopLimits>): EventLoopLimits {
  const never = Number.POSITIVE_INFINITY;
  return { blockedMs: never, graceMs: 20, firstDeadline: () => never, vouchMs: never, vouch: () => {}, ...given };
}

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
    const stop = watchEventLoop(thread, limits({ blockedMs: 100 }));
    await expect(thread.request({ type: 'block' })).rejects.toMatchObject({
      cause: { message: 'its event loop stood still for 100 ms' },
    });
    stop();
  });

  it('blames no thread when it was this one that stood still', async () => {
    // Longer than a busy machine keeps the other one from an answer.
    const stop = watchEventLoop(thread, limits({ blockedMs: 500 }));
    for (let turn = 0; turn < 3; turn++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
      await expect(thread.request({ type: 'echo', value: turn })).resolves.toBe(turn);
    }
    stop();
  });

  it('terminates one that stands still past the time limit of an attempt, and not before', async () => {
    const asked = performance.now();
    const firstDeadline = (): number => asked + 200;
    const stop = watchEventLoop(thread, limits({ graceMs: 50, firstDeadline }));
    await expect(thread.request({ type: 'block' })).rejects.toMatchObject({
      cause: { message: 'its event loop stood still, past the time limit of an attempt' },
    });
    expect(performance.now() - asked).toBeGreaterThan(250);
    stop();
  });

  it('leaves one alone that goes on past the time limit of an attempt: it aborts the agent by itself', async () => {
    // Longer than a busy machine keeps anybody waiting, and half of what the test takes.
    const stop = watchEventLoop(thread, limits({ graceMs: 500, firstDeadline: () => 0 }));
    const until = performance.now() + 1000;
    while (performance.now() < until) await thread.request({ type: 'ping' });
    stop();
  });

  it('has somebody vouch for one that stands still and may', async () => {
    const vouched = Promise.withResolvers<void>();
    let calls = 0;
    const vouch = (): void => {
      calls += 1;
      if (calls === 3) vouched.resolve();
    };
    const blocked = expect(thread.request({ type: 'block' })).rejects.toMatchObject({ name: 'WorkerGone' });
    const stop = watchEventLoop(thread, limits({ vouchMs: 30, vouch }));
    await vouched.promise;
    stop();
    thread.terminate(new Error('enough'));
    await blocked;
  });

  it('leaves a thread alone that a debugger may hold, and no longer than that', async () => {
    let isDebugged = true;
    let ticks = 0;
    const blocked = expect(thread.request({ type: 'block' })).rejects.toMatchObject({ name: 'WorkerGone' });
    const stop = watchEventLoop(thread, limits({ blockedMs: 40 }), () => {
      // Ten ticks are more than twice as long as the thread may stand still.
      isDebugged = ++ticks < 10;
      return isDebugged;
    });
    await blocked;
    expect(isDebugged).toBe(false);
    stop();
  });

  it('leaves a thread alone once it is told to', async () => {
    watchEventLoop(thread, limits({ blockedMs: 1 }))();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    await expect(thread.request({ type: 'echo', value: 1 })).resolves.toBe(1);
  });
});
