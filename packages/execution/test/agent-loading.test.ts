import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Agent, InMemoryLightningStore, type Loadable } from '@agentlightning/core';
import { ClientServerExecutionStrategy, SharedMemoryExecutionStrategy } from '@agentlightning/execution';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nextStart } from './fixtures/agent-start.ts';
import { AnnouncingHook } from './fixtures/parts.ts';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, testJob } from './test-job.ts';

let before: string[];

beforeEach(() => {
  before = openResources();
});

afterEach(() => expectNothingLeft(before));

/** The error with which a run fails, and proof that no rollout was enqueued. */
async function loadingError(agent: Loadable<Agent>, options = {}): Promise<{ code: string; message: string }> {
  const store = new InMemoryLightningStore();
  const strategy = new ClientServerExecutionStrategy({ drainMs: 50, abortMs: 50, threads: 1, ...options });
  try {
    const error = await strategy.execute(testJob({ agent, store })).then(
      () => expect.fail('the run should have failed'),
      (thrown: unknown) => thrown as { code: string; message: string },
    );
    expect((await store.statistics()).totalRollouts).toBe(0);
    expect(error.code).toBe('SOURCE_NOT_LOADABLE');
    return error;
  } finally {
    await store.close();
  }
}

describe('An agent that cannot be loaded fails the run before any rollout', () => {
  it('when its module throws', async () => {
    const { message } = await loadingError(fixtureAgent('agent', 'throws-on-import.ts'));
    expect(message).toContain('the module cannot be used');
  });

  it('when its module does not exist', async () => {
    const { message } = await loadingError(fixtureAgent('agent', 'no-such-module.ts'));
    expect(message).toMatch(/no-such-module\.ts.*Check the path/s);
  });

  it('when its module has a syntax error', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agl-'));
    const file = join(directory, 'broken.ts');
    await writeFile(file, 'export const agent = { rollout: () => ;\n');
    const { message } = await loadingError({ source: { moduleUrl: pathToFileURL(file).href, exportName: 'agent' } });
    expect(message).toContain('broken.ts');
    await rm(directory, { recursive: true });
  });

  it('when the export is missing, naming those that exist', async () => {
    const { message } = await loadingError(fixtureAgent('ecko'));
    expect(message).toMatch(/'ecko'.*no export of that name.*echo/s);
  });

  it('when the export is not an agent', async () => {
    const { message } = await loadingError(fixtureAgent('notAnAgent'));
    expect(message).toContain('not an agent');
  });

  it('when it is a closure, showing what to write', async () => {
    const { message } = await loadingError({ instance: { rollout: () => 1 } });
    expect(message).toContain('static override readonly moduleUrl = import.meta.url;');
  });

  it('when its options cannot be sent to a thread', async () => {
    const { message } = await loadingError(fixtureAgent('Configured', 'agents.ts', { client: () => 1 }));
    expect(message).toMatch(/'Configured' cannot be sent to a worker thread.*plain data/s);
  });

  it('when its module ends the thread that imports it', async () => {
    const { message } = await loadingError(fixtureAgent('agent', 'exits-in-threads.ts'));
    expect(message).toMatch(/cannot be loaded in a runner thread or process: worker exited with code: 0/);
  });

  it('when its module is not loaded in time', async () => {
    const { message } = await loadingError(fixtureAgent('agent', 'never-loads-in-threads.ts'), { startMs: 1000 });
    expect(message).toMatch(/it was not loaded within 1000 ms/);
  });
});

describe('Hooks and tracers', () => {
  const strategy = new ClientServerExecutionStrategy({ threads: 1, drainMs: 50, abortMs: 50 });

  it.each([
    ['tracer', { tracer: fixtureAgent('AnnouncingTracer', 'parts.ts') }],
    ['hook of which only the instance is given', { hooks: [{ instance: new AnnouncingHook() }] }],
  ])('are made in the thread: %s', async (_what, parts) => {
    const called = nextStart();
    await strategy.execute(testJob({ agent: fixtureAgent('echo'), data: { tasks: [1] }, ...parts }));
    await called;
  });

  it.each([
    ['hook', { hooks: [fixtureAgent('echo')] }, 'The export is not a hook'],
    ['tracer', { tracer: fixtureAgent('echo') }, 'The export is not a tracer'],
    ['hook of a closure', { hooks: [{ instance: { onRolloutEnd: () => {} } }] }, 'Cannot send the hook'],
  ])('that cannot be made fail the run: %s', async (_what, parts, message) => {
    const execution = strategy.execute(testJob({ agent: fixtureAgent('echo'), ...parts }));
    await expect(execution).rejects.toMatchObject({
      code: 'SOURCE_NOT_LOADABLE',
      message: expect.stringContaining(message),
    });
  });
});

describe('A run that stays in one thread', () => {
  it('needs no source for a closure', async () => {
    const agent: Agent<number> = { rollout: (task) => task / 2 };
    const { algorithm } = await new SharedMemoryExecutionStrategy().execute(
      testJob({ agent: { instance: agent as Agent }, data: { tasks: [1] } }),
    );
    expect(algorithm).toMatchObject({ results: [{ reward: 0.5 }] });
  });

  it('uses the very instance in the main thread with mainProcess runner', async () => {
    let calls = 0;
    const agent: Agent = { rollout: () => ++calls / 10 };
    const strategy = new ClientServerExecutionStrategy({ mainProcess: 'runner' });
    await strategy.execute(testJob({ agent: { instance: agent } }));
    expect(calls).toBe(3);
  });
});

describe("With mainProcess 'runner'", () => {
  const strategy = new ClientServerExecutionStrategy({ mainProcess: 'runner', drainMs: 50, abortMs: 50 });

  it('a store of the caller is refused, saying where the store lives', async () => {
    const store = new InMemoryLightningStore();
    await expect(strategy.execute(testJob({ agent: fixtureAgent('echo'), store }))).rejects.toMatchObject({
      code: 'SOURCE_NOT_LOADABLE',
      message: expect.stringContaining("lives in the algorithm's thread"),
    });
    await store.close();
  });

  it('an algorithm that cannot be sent is refused', async () => {
    const data = { tasks: [], call: () => 1 };
    await expect(strategy.execute(testJob({ agent: fixtureAgent('echo'), data }))).rejects.toMatchObject({
      code: 'SOURCE_NOT_LOADABLE',
      message: expect.stringContaining('cannot be copied'),
    });
  });

  it('the death of the algorithm thread is the error of the run', async () => {
    const job = testJob({ agent: fixtureAgent('echo'), algorithm: 'exitingAlgorithm' });
    await expect(strategy.execute(job)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining("The algorithm's thread died"),
    });
  });
});
