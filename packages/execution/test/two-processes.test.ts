import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InMemoryLightningStore } from '@agentlightning/core';
import { freePort } from '@agentlightning/core/testing';
import { ClientServerExecutionStrategy } from '@agentlightning/execution';
import { LightningStoreServer } from '@agentlightning/store-http';
import { describe, expect, it } from 'vitest';
import { nextStart, releaseAgents } from './fixtures/agent-start.ts';
import { expectNothingLeft, openResources } from './leftovers.ts';
import { fixtureAgent, testJob } from './test-job.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/two-roles.ts', import.meta.url));

/** Runs the script in a role and answers what it printed once the process has ended by itself. */
async function runRole(role: string, env: Record<string, string>): Promise<string> {
  const options = { env: { ...process.env, ...env, AGL_CURRENT_ROLE: role } };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT], options);
  return stdout;
}

describe('One script in two roles', () => {
  it('runs the algorithm in one process and the agents in others, all of which end with the run', async () => {
    const env = { AGL_SERVER_PORT: String(await freePort()), AGL_TOKEN: 'agreed-between-both' };
    // The runners come first, and wait for the store.
    const [first, second, algorithm] = await Promise.all([
      runRole('runner', env),
      runRole('runner', env),
      runRole('algorithm', env),
    ]);
    const { results } = JSON.parse(algorithm) as { results: { status: string; reward: number }[] };
    expect(results.map(({ reward }) => reward)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect([first, second]).toEqual(['null', 'null']);
  });

  it('refuses runners with another token', async () => {
    const port = await freePort();
    const caller = new AbortController();
    const server = new ClientServerExecutionStrategy({
      role: 'algorithm',
      port,
      token: 'right',
      drainMs: 0,
      abortMs: 0,
    });
    const serving = server.execute(
      testJob({ agent: fixtureAgent('echo'), algorithm: 'untilStopped', signal: caller.signal }),
    );
    const runner = new ClientServerExecutionStrategy({ role: 'runner', port, token: 'wrong', threads: 1, drainMs: 0 });
    await expect(runner.execute(testJob({ agent: fixtureAgent('echo') }))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.not.stringContaining('right'),
    });
    caller.abort();
    await expect(serving).rejects.toThrow();
  });

  it('lets runners go when they are stopped, while the run goes on', async () => {
    const address = { port: await freePort(), token: 'agreed' };
    const [callerOfServer, callerOfRunner] = [new AbortController(), new AbortController()];
    const server = new ClientServerExecutionStrategy({ role: 'algorithm', ...address, drainMs: 0 });
    const posted = Promise.withResolvers<void>();
    const serving = server.execute(
      testJob({
        agent: fixtureAgent('obedient'),
        algorithm: 'waitUntilStopped',
        signal: callerOfServer.signal,
        onMessage: () => {
          posted.resolve();
        },
      }),
    );
    const runner = new ClientServerExecutionStrategy({ role: 'runner', ...address, threads: 1, drainMs: 0 });
    const running = runner.execute(testJob({ agent: fixtureAgent('obedient'), signal: callerOfRunner.signal }));
    await posted.promise;
    callerOfRunner.abort();
    await expect(running).resolves.toMatchObject({ algorithm: undefined });
    // The attempt was reported as it was cut off; without a retry its rollout has failed, and so the algorithm comes to its end.
    await expect(serving).resolves.toMatchObject({ algorithm: 'not stopped' });
    callerOfServer.abort();
  });

  it('lets runners go that are still at work when the run ends', async () => {
    const address = { port: await freePort(), token: 'agreed' };
    const server = new ClientServerExecutionStrategy({ role: 'algorithm', ...address });
    const serving = server.execute(testJob({ agent: fixtureAgent('untilReleased'), algorithm: 'untilFirstStart' }));
    const runner = new ClientServerExecutionStrategy({ role: 'runner', ...address, threads: 1 });
    const running = runner.execute(testJob({ agent: fixtureAgent('untilReleased') }));
    // The other slot of the runner hears that the run is over.
    await serving;
    releaseAgents();
    await expect(running).resolves.toMatchObject({ algorithm: undefined });
  });

  it('lets all threads of a runner go as soon as one of them has been told that the run is over', async () => {
    // One thread is told; to the other it looks as if the store had been away before it came.
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = JSON.parse((await text(request)) || '{}') as { worker_id?: string };
      const isTold = request.url?.endsWith('/dequeue') === true && body.worker_id?.endsWith('-1') === true;
      if (isTold) response.writeHead(503, { 'x-agl-error': 'STORE_CLOSING' }).end('{}');
      else request.socket.destroy();
    };
    const server = createHttpServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const runner = new ClientServerExecutionStrategy({ role: 'runner', port, token: 't', threads: 2 });
    await expect(runner.execute(testJob({ agent: fixtureAgent('echo') }))).resolves.toMatchObject({
      algorithm: undefined,
    });
    server.close();
    await once(server, 'close');
  });

  it('does not wait for a store that is away when it is told to go', async () => {
    const store = new InMemoryLightningStore();
    const first = await LightningStoreServer.start(store, { token: 't' });
    const { port } = first;
    const caller = new AbortController();
    const runner = new ClientServerExecutionStrategy({ role: 'runner', port, token: 't', threads: 1 });
    const job = testJob({ agent: fixtureAgent('untilReleased'), signal: caller.signal });
    const running = runner.execute(job);
    const atWork = nextStart();
    await store.enqueueRollout({ input: 1 });
    await atWork;
    await first.close();
    // Nobody answers the report, nor the claim of the other slot.
    const reported = Promise.withResolvers<void>();
    const mute = createHttpServer((request) => {
      if (request.url?.includes('/attempts/')) reported.resolve();
      request.socket.destroy();
    }).listen(port, '127.0.0.1');
    await once(mute, 'listening');
    releaseAgents();
    await reported.promise;
    const told = performance.now();
    caller.abort();
    await expect(running).resolves.toMatchObject({ algorithm: undefined });
    // Less than the 10 s that work under way is given, and than the minutes that a store is waited for.
    expect(performance.now() - told).toBeLessThan(9_000);
    mute.close();
    await once(mute, 'close');
    await store.close();
  });

  it('lets runners go that have outlived their run when another run is served at the same address, with the same token', async () => {
    const token = 'agreed';
    const [old, next] = [new InMemoryLightningStore(), new InMemoryLightningStore()];
    const first = await LightningStoreServer.start(old, { token, runId: 'run-1' });
    const { port } = first;
    const runner = new ClientServerExecutionStrategy({ role: 'runner', port, token, threads: 1 });
    const running = runner.execute(testJob({ agent: fixtureAgent('obedient') }));
    const atWork = nextStart();
    await old.enqueueRollout({ input: 1 });
    await atWork;
    // Without a drain, as if its process had been killed.
    await first.close();
    await next.enqueueRollout({ input: 2 });
    const second = await LightningStoreServer.start(next, { token, port, runId: 'run-2' });
    await expect(running).resolves.toMatchObject({ algorithm: undefined, runners: { lost: 0 } });
    expect((await next.queryRollouts()).items).toMatchObject([{ input: 2, status: 'queuing' }]);
    expect((await next.queryWorkers()).total).toBe(0);
    await second.close();
    await Promise.all([old.close(), next.close()]);
  });

  it('has runners go on when the same run is served again', async () => {
    const token = 'agreed';
    const store = new InMemoryLightningStore();
    const first = await LightningStoreServer.start(store, { token, runId: 'run-1' });
    const { port } = first;
    const caller = new AbortController();
    const runner = new ClientServerExecutionStrategy({ role: 'runner', port, token, threads: 1 });
    const running = runner.execute(testJob({ agent: fixtureAgent('echo'), signal: caller.signal }));
    const work = async (): Promise<void> => {
      const { rolloutId } = await store.enqueueRollout({ input: 1 });
      await expect(store.waitForRollouts({ rolloutIds: [rolloutId] })).resolves.toMatchObject([
        { status: 'succeeded' },
      ]);
    };
    await work();
    await first.close();
    const second = await LightningStoreServer.start(store, { token, port, runId: 'run-1' });
    await work();
    caller.abort();
    await running;
    await second.close();
    await store.close();
  });

  it('leaves no thread behind when the address of the store cannot be', async () => {
    const before = openResources();
    const strategy = new ClientServerExecutionStrategy({
      role: 'runner',
      host: 'a b',
      port: 1,
      token: 't',
      threads: 1,
    });
    await expect(strategy.execute(testJob({ agent: fixtureAgent('echo') }))).rejects.toThrow("'http://a b:1'");
    await expectNothingLeft(before);
  });

  it('says that the port is in use', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const strategy = new ClientServerExecutionStrategy({ port, threads: 1 });
    await expect(strategy.execute(testJob({ agent: fixtureAgent('echo') }))).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(String(port)),
    });
    blocker.close();
    await once(blocker, 'close');
  });
});
