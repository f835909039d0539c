import { InMemoryLightningStore } from '@agentlightning/core';
import { describeStoreConformance } from '@agentlightning/core/testing';
import { LightningStoreClient } from '../src/client/lightning-store-client.ts';
import { LightningStoreServer } from '../src/server/lightning-store-server.ts';

describeStoreConformance('LightningStoreClient', {
  clock: 'virtual',
  open: async ({ clock }) => {
    const behind = new InMemoryLightningStore({ clock });
    const server = await LightningStoreServer.start(behind);
    const store = new LightningStoreClient({ url: server.url, token: server.token });
    return {
      store,
      close: async () => {
        await server.close();
        await behind.close();
      },
    };
  },
});
