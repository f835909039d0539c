import { InMemoryLightningStore } from '@agentlightning/core';
import { LightningStoreClient, LightningStoreServer } from '@agentlightning/store-http';
import { expect, it, onTestFinished } from 'vitest';
import { awaitFirstAnswer } from './await-first-answer.ts';

async function serve(): Promise<LightningStoreServer> {
  const store = new InMemoryLightningStore();
  const server = await LightningStoreServer.start(store);
  onTestFinished(async () => {
    await server.close();
    await store.close();
  });
  return server;
}

it('a store that does not answer is told of once, by its address, and not when the wait has ended', async () => {
  const server = await serve();
  const { url, token } = server;
  await server.close();
  const store = new LightningStoreClient({ url, token });
  const told = Promise.withResolvers<string>();
  const waiting = awaitFirstAnswer({ store, url, tell: told.resolve, patienceMs: 20 });
  expect(await told.promise).toBe(
    `No store answers at ${url}, and is waited for: either its process has not started, or its run is over`,
  );
  await store.close();
  await waiting;
});

it('nothing is told of a store that answers, or of one that refuses', async () => {
  const { url, token } = await serve();
  const messages: string[] = [];
  for (const given of [token, 'another']) {
    const store = new LightningStoreClient({ url, token: given });
    await awaitFirstAnswer({ store, url, tell: (message) => void messages.push(message), patienceMs: 10_000 });
    await store.close();
  }
  expect(messages).toEqual([]);
});
