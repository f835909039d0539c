import { type Json, LightningError, type Logger, silentLogger } from '@agentlightning/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestRequest } from '../../test/fixtures/thread-entry.ts';
import { expectNothingLeft, openResources } from '../../test/leftovers.ts';
import { WorkerGone } from './hosted-worker.ts';
import { ThreadGroup } from './thread-group.ts';

let before: string[];
let group: ThreadGroup<TestRequest>;

function open(threads = 1, logger: Logger = silentLogger): ThreadGroup<TestRequest> {
  const entry = new URL('../../test/fixtures/thread-entry.ts', import.meta.url);
  group = new ThreadGroup<TestRequest>({ entry, exportName: 'runTestThread', threads, logger });
  return group;
}

beforeEach(() => {
  before = openResources();
});

afterEach(async () => {
  await group.close();
  await expectNothingLeft(before);
});

describe('ThreadGroup', () => {
  it('answers each request with its own answer', async () => {
    const thread = open().host();
    const values = [1, 'two', { three: 3 }];
    const answers = await Promise.all(values.map((value) => thread.request({ type: 'echo', value })));
    expect(answers).toEqual(values);
  });

  it('rejects with what the thread threw: code, message and cause', async () => {
    const failed = open().host().request({ type: 'fail' });
    await expect(failed).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'too far',
      cause: { name: 'RangeError', message: 'the map' },
    });
  });

  it('keeps code and message of an error whose details cannot be sent', async () => {
    const failed = open().host().request({ type: 'fail-with-function' });
    await expect(failed).rejects.toMatchObject({ code: 'CONFLICT', message: 'odd', details: {} });
  });

  it('rejects a request that cannot be sent, and goes on', async () => {
    const thread = open().host();
    await expect(thread.request({ type: 'echo', value: () => 1 })).rejects.toThrow(/could not be cloned/);
    await expect(thread.request({ type: 'echo', value: 1 })).resolves.toBe(1);
  });

  it('writes what a thread logs, as text where it cannot be sent', async () => {
    const lines: { readonly fields: object; readonly message: string | undefined }[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields, message) => lines.push({ fields, message }) };
    await open(1, logger).host().request({ type: 'log' });
    expect(lines).toEqual([{ message: 'look', fields: { err: 'Error: in a thread', call: '() => 1' } }]);
  });

  it('carries drain and abort, the reason with its code', async () => {
    const posts: Json[] = [];
    const thread = open().host((message) => posts.push(message));
    thread.drain();
    thread.abort(new LightningError('ABORTED', 'enough'));
    await thread.request({ type: 'echo', value: 0 });
    expect(posts).toEqual(['drain', { code: 'ABORTED', message: 'enough' }]);
  });

  it('rejects everything pending when the thread exits, and what is asked later', async () => {
    const thread = open().host();
    const pending = expect(thread.request({ type: 'never' })).rejects.toBeInstanceOf(WorkerGone);
    const exiting = expect(thread.request({ type: 'exit' })).rejects.toThrow(/worker exited with code: 7/);
    await Promise.all([pending, exiting]);
    await expect(thread.request({ type: 'echo', value: 1 })).rejects.toBe(await thread.gone);
  });

  it('has another thread in place of one that died', async () => {
    const threads = open(2);
    const [first, second] = [threads.host(), threads.host()];
    await expect(first.request({ type: 'exit' })).rejects.toBeInstanceOf(WorkerGone);
    const third = threads.host();
    await expect(third.request({ type: 'echo', value: 3 })).resolves.toBe(3);
    await expect(second.request({ type: 'echo', value: 2 })).resolves.toBe(2);
  });

  it('terminates a thread that is in an endless loop, and says why', async () => {
    const thread = open().host();
    const blocked = thread.request({ type: 'block' });
    const reason = new Error('it stood still');
    thread.terminate(reason);
    await expect(blocked).rejects.toMatchObject({ name: 'WorkerGone', cause: reason });
  });

  it('ends threads in endless loops when it is closed, and closing twice is the same as once', async () => {
    const threads = open(2);
    const blocked = [threads.host(), threads.host()].map((thread) => thread.request({ type: 'block' }));
    const ended = Promise.all(blocked.map((request) => expect(request).rejects.toBeInstanceOf(WorkerGone)));
    expect(threads.close()).toBe(threads.close());
    await threads.close();
    await ended;
  });
});
