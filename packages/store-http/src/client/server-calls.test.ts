import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@agentlightning/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../test/running-server.ts';
import { TestPacing } from '../../test/test-pacing.ts';
import { startAttempt, statistics } from '../operations.ts';
import { type LightningStoreClientOptions, resolveClientOptions } from './client-options.ts';
import { ServerCalls } from './server-calls.ts';

function callsOf(options: LightningStoreClientOptions, pacing?: TestPacing): ServerCalls {
  const calls = new ServerCalls(resolveClientOptions(options), pacing);
  onTestFinished(() => calls.close());
  return calls;
}

describe('A server that has never answered', () => {
  it('is given up after two minutes, with what may be the reason', async () => {
    const pacing = new TestPacing();
    const url = `http://127.0.0.1:${await freePort()}`;
    const start = pacing.now();
    await expect(pacing.whilePassing(callsOf({ url }, pacing).call(statistics, {}))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^No store has ever answered at .*: its process has not started, or the run is over\. .*tried for 120 s/,
      ),
      details: { triedForMs: expect.any(Number) },
    });
    expect(pacing.now() - start).toBeLessThan(120_100);
  });

  it('is waited for until then', async () => {
    const pacing = new TestPacing();
    const port = await freePort();
    const calls = callsOf({ url: `http://127.0.0.1:${port}`, token: 't' }, pacing);
    const call = calls.call(statistics, {});
    await pacing.whilePassing(pacing.pause(60_000));
    await startServer({ port, token: 't' });
    await expect(pacing.whilePassing(call)).resolves.toMatchObject({ totalRollouts: 0 });
  });
});

describe('A call that would happen twice', () => {
  it('is made again as long as there is not even a connection', async () => {
    const pacing = new TestPacing();
    const port = await freePort();
    const calls = callsOf({ url: `http://127.0.0.1:${port}`, token: 't' }, pacing);
    const call = calls.repeat({ ...startAttempt, repeat: 'never' }, () => calls.exchange(statistics, {}));
    await pacing.whilePassing(pacing.pause(10_000));
    await startServer({ port, token: 't' });
    await expect(pacing.whilePassing(call)).resolves.toMatchObject({ totalRollouts: 0 });
  });
});

describe('hurry', () => {
  it('ends the tries of calls within a moment, and leaves later calls no more than that', async () => {
    const { server } = await startServer({ token: null });
    const hurry = new AbortController();
    const calls = callsOf({ url: server.url, hurry: hurry.signal });
    await calls.call(statistics, {});
    await server.close();
    const away = calls.call(statistics, {});
    const given = { code: 'UNAVAILABLE', details: { triedForMs: expect.any(Number) } };
    const start = performance.now();
    hurry.abort();
    await expect(away).rejects.toMatchObject(given);
    await expect(calls.call(statistics, {})).rejects.toMatchObject(given);
    // They would be tried for ten minutes.
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it('closes sooner than without, when a server does not answer', async () => {
    const bothAsked = Promise.withResolvers<void>();
    let asked = 0;
    const silent = createServer(() => {
      asked += 1;
      if (asked === 2) bothAsked.resolve();
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const hurried = callsOf({ url, hurry: AbortSignal.abort() });
    const patient = callsOf({ url });
    // The first thing that is done, so that nobody is patient any longer.
    onTestFinished(() => {
      silent.close();
      silent.closeAllConnections();
    });
    const [call, other] = [hurried, patient].map((calls) => calls.call(statistics, {}));
    for (const each of [call, other]) each!.catch(() => {});
    await bothAsked.promise;
    const first = Promise.race([hurried.close().then(() => 'in a hurry'), patient.close().then(() => 'without')]);
    expect(await first).toBe('in a hurry');
    await expect(call).rejects.toMatchObject({ code: 'STORE_CLOSING' });
  });

  it('leaves calls alone whose server answers', async () => {
    const { server } = await startServer({ token: null });
    const calls = callsOf({ url: server.url, hurry: AbortSignal.abort() });
    await expect(calls.call(statistics, {})).resolves.toMatchObject({ totalRollouts: 0 });
  });
});
