import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@agentlightning/core/testing';
import { LightningStoreClient } from '@agentlightning/store-http';
import { expect, it, onTestFinished } from 'vitest';
import { emptyFolder, startStore } from './running-agl.ts';

/** How long the store is away: longer with the gate's step `processes`. */
const AWAY_SECONDS = process.env['AGL_PROCESSES'] === 'every' ? 3 : 0.5;

/** Holds a port, and resolves `knocked` once somebody has come for the store that is not there. */
async function holdPort(port: number) {
  const knocked = Promise.withResolvers<void>();
  const holder = createServer((socket) => {
    knocked.resolve();
    socket.destroy();
  }).listen(port, '127.0.0.1');
  await once(holder, 'listening');
  const letGo = async (): Promise<void> => {
    holder.close();
    await once(holder, 'close');
  };
  return { knocked: knocked.promise, letGo };
}

it(`clients ride out a store that is stopped, away for ${AWAY_SECONDS} s, and started again`, async () => {
  // The last of two `--port` counts.
  const args = ['--db', join(emptyFolder(), 'store.db'), '--no-auth', '--port', String(await freePort())];
  const first = await startStore(args);
  const { url, port } = first.listening;
  const [algorithm, runner] = [1, 2].map(() => new LightningStoreClient({ url })) as [
    LightningStoreClient,
    LightningStoreClient,
  ];
  onTestFinished(async () => void (await Promise.all([algorithm.close(), runner.close()])));
  const atWork = await algorithm.startRollout({ input: 1, workerId: 'runner' });
  const { rolloutId, attempt } = atWork;

  // What waits at the server when it stops, and what is asked while it is away.
  const parked = runner.dequeueRollout({ workerId: 'runner', waitMs: 60_000 });
  const waiting = algorithm.waitForRollouts({ rolloutIds: [rolloutId], timeoutSeconds: 60 });
  await expect.poll(async () => (await algorithm.queryWorkers()).items[0]?.lastDequeueTime).toBeGreaterThan(0);
  first.child.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 143, stderr: '' });
  const absence = await holdPort(port);
  await absence.knocked;
  const reported = runner.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' });
  const enqueued = algorithm.enqueueRollout({ input: 2 });
  const byHand = algorithm.startAttempt(rolloutId, { workerId: 'other' }).then((started) => started.attempt);
  byHand.catch(() => {});
  await sleep(AWAY_SECONDS * 1000);
  await absence.letGo();
  const second = await startStore(args);

  expect(await reported).toMatchObject({ attemptId: attempt.attemptId });
  const [, newRollout] = await Promise.all([byHand, enqueued]);
  expect(await parked).toMatchObject({ rolloutId: newRollout.rolloutId, attempt: { sequenceId: 1 } });
  await algorithm.updateAttempt(rolloutId, (await byHand).attemptId, { status: 'succeeded' });
  expect(await waiting).toMatchObject([{ rolloutId, status: 'succeeded' }]);
  expect((await algorithm.queryAttempts(rolloutId)).total).toBe(2);
  second.child.kill('SIGTERM');
  await second.ended;
});
