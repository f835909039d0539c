import { expect, it } from 'vitest';
import { useHarness } from './test-data/use-harness.ts';

const start = useHarness();

/** Settles the promise from outside. */
const deferred = <T>() => Promise.withResolvers<T>();

it('a model call that is in flight when the run is stopped comes to its end, and its step is recorded', async () => {
  const hurry = new AbortController();
  const { context, controller, journal, run } = start({ hurry: hurry.signal });
  const [asked, reply] = [deferred<void>(), deferred<string>()];
  const step = context.step('critique', null, ({ llm }) =>
    llm(() => {
      asked.resolve();
      return reply.promise;
    }),
  );
  await asked.promise;
  controller.abort(new Error('stopped'));
  reply.resolve('too long');
  await expect(step).resolves.toBe('too long');
  await run.drainSteps();
  expect([...journal.keys()]).toHaveLength(1);
});

it('a step makes its first model call no more once the run is stopped, and a further one if it has replies to lose', async () => {
  const hurry = new AbortController();
  const { context, controller } = start({ hurry: hurry.signal });
  const calls: string[] = [];
  const call = (name: string) => async () => {
    calls.push(name);
    return name;
  };
  const stopped = deferred<void>();
  const late = context.step('late', null, async ({ llm }) => {
    await stopped.promise;
    return llm(call('first of the late step'));
  });
  const begun = context.step('begun', null, async ({ llm }) => {
    const first = await llm(call('first'));
    await stopped.promise;
    return `${first}, ${await llm(call('second'))}`;
  });
  await expect.poll(() => calls).toEqual(['first']);
  controller.abort(new Error('stopped'));
  stopped.resolve();
  await expect(begun).resolves.toBe('first, second');
  await expect(late).rejects.toThrow('stopped');
  expect(calls).toEqual(['first', 'second']);
});

it('steps in flight end when the time to finish them is over', async () => {
  const hurry = new AbortController();
  const { context, controller, journal } = start({ hurry: hurry.signal });
  const step = context.step('slow', null, ({ signal }) => {
    const { promise, reject } = deferred<string>();
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    return promise;
  });
  controller.abort(new Error('stopped'));
  hurry.abort(new Error('the time is over'));
  await expect(step).rejects.toThrow('the time is over');
  expect([...journal.keys()]).toEqual([]);
});
