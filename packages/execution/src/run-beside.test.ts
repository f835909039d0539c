import { type Json, LightningError } from '@agentlightning/core';
import { describe, expect, it, vi } from 'vitest';
import { runBeside } from './run-beside.ts';
import type { Runners } from './runners/runners.ts';

/** Runners that end when they are told to, and remember why they were stopped. */
class ScriptedRunners implements Runners {
  readonly #end = Promise.withResolvers<void>();
  readonly done = this.#end.promise;
  readonly stopReasons: unknown[] = [];

  get isStopping(): boolean {
    return this.stopReasons.length > 0;
  }

  end(error?: unknown): void {
    if (error === undefined) this.#end.resolve();
    else this.#end.reject(error);
  }

  async stop(reason: unknown): Promise<void> {
    this.stopReasons.push(reason);
    this.#end.resolve();
  }
}

const untilStopped = ({ signal }: { readonly signal: AbortSignal }): Promise<Json> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

const silent = (): Promise<void> => Promise.resolve();
const options = {
  whenRunnersEnd: silent,
  signal: new AbortController().signal,
  drainMs: 60_000,
  abortMs: 60_000,
  hurry: undefined,
};

describe('runBeside()', () => {
  it('answers what the algorithm answers and leaves the runners alone', async () => {
    const runners = new ScriptedRunners();
    await expect(runBeside({ ...options, runners, algorithm: async () => 'found' })).resolves.toBe('found');
    expect(runners.stopReasons).toEqual([]);
  });

  it('rejects with what the algorithm threw', async () => {
    const error = new TypeError('no idea');
    const run = runBeside({ ...options, runners: new ScriptedRunners(), algorithm: () => Promise.reject(error) });
    await expect(run).rejects.toBe(error);
  });

  it('stops the algorithm when the runners are lost, and rejects with the loss', async () => {
    const runners = new ScriptedRunners();
    const loss = new LightningError('RUNNERS_LOST', 'gone');
    const run = runBeside({
      ...options,
      runners,
      algorithm: (signals) => untilStopped(signals).catch(() => 'best so far'),
    });
    runners.end(loss);
    await expect(run).rejects.toBe(loss);
  });

  it('stops both when the caller aborts', async () => {
    const runners = new ScriptedRunners();
    const caller = new AbortController();
    const run = runBeside({ ...options, runners, signal: caller.signal, algorithm: untilStopped });
    const reason = new LightningError('ABORTED', 'enough');
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(runners.stopReasons).toEqual([reason]);
  });

  it('asks what it means when all runners end by themselves', async () => {
    const runners = new ScriptedRunners();
    const loss = new LightningError('RUNNERS_LOST', 'no claims left');
    const whenRunnersEnd = (): Promise<void> => Promise.reject(loss);
    const run = runBeside({ ...options, runners, whenRunnersEnd, algorithm: untilStopped });
    runners.end();
    await expect(run).rejects.toBe(loss);
  });

  it('goes on without an algorithm that ignores the abort', async () => {
    const caller = new AbortController();
    const run = runBeside({
      ...options,
      drainMs: 1,
      abortMs: 1,
      runners: new ScriptedRunners(),
      signal: caller.signal,
      algorithm: () => new Promise(() => {}),
    });
    caller.abort();
    await expect(run).rejects.toMatchObject({
      code: 'ABORTED',
      message: expect.stringMatching(/^The algorithm did not stop within \d+ ms of being told to$/),
    });
  });

  it('lets the algorithm finish what is in flight before it aborts that', async () => {
    const caller = new AbortController();
    const inFlight = Promise.withResolvers<Json>();
    const hurried = vi.fn();
    const run = runBeside({
      ...options,
      runners: new ScriptedRunners(),
      signal: caller.signal,
      algorithm: ({ hurry }) => {
        hurry.addEventListener('abort', hurried);
        return inFlight.promise;
      },
    });
    caller.abort();
    inFlight.resolve('recorded');
    await expect(run).resolves.toBe('recorded');
    expect(hurried).not.toHaveBeenCalled();
  });

  it('aborts what is in flight, and then goes on without the algorithm, as soon as somebody is in a hurry', async () => {
    const caller = new AbortController();
    const [abort, terminate] = [new AbortController(), new AbortController()];
    const hurried = Promise.withResolvers<void>();
    const run = runBeside({
      ...options,
      hurry: { abort: abort.signal, terminate: terminate.signal, kill: new AbortController().signal },
      runners: new ScriptedRunners(),
      signal: caller.signal,
      algorithm: ({ hurry }) => {
        hurry.addEventListener('abort', () => hurried.resolve());
        return new Promise(() => {});
      },
    });
    caller.abort();
    abort.abort();
    await hurried.promise;
    terminate.abort();
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
