import { once } from 'node:events';
import { request } from 'node:http';
import { InMemoryLightningStore } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../../test/running-server.ts';

describe('POST /v1/agl/waits/rollouts', () => {
  it('ends in the store with the connection of the client', async () => {
    const store = new InMemoryLightningStore();
    const begun = Promise.withResolvers<AbortSignal>();
    const wait = store.waitForRollouts.bind(store);
    store.waitForRollouts = (options) => {
      begun.resolve(options.signal!);
      return wait(options);
    };
    const { server } = await startServer({ store, token: null });
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    const client = request(`${server.url}/v1/agl/waits/rollouts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    client.on('error', () => {});
    client.end(JSON.stringify({ rollout_ids: [rolloutId] }));
    const signal = await begun.promise;
    expect(signal.aborted).toBe(false);
    client.destroy();
    await once(signal, 'abort');
  });
});
