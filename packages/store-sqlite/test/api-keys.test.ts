import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LLM, PromptTemplate, ProxyLLM } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { StoreFiles } from './store-files.ts';

const files = new StoreFiles();

const KEY = 'sk-canary-0123456789';
const resources = (apiKey: string | null = KEY) => ({
  prompt: new PromptTemplate({ template: 'Hi', engine: 'f-string' }),
  model: new LLM({ endpoint: 'http://127.0.0.1:1', model: 'm', apiKey }),
  proxy: new ProxyLLM({ endpoint: 'http://127.0.0.1:1', model: 'm', apiKey }),
});

function isOnDisk(): boolean {
  const directory = dirname(files.path());
  return readdirSync(directory).some((name) => readFileSync(join(directory, name)).includes(KEY));
}

describe('API keys of models', () => {
  it('are written with the rest unless asked otherwise', async () => {
    const store = await files.open();
    await store.updateResources('r', resources());
    await store.close();
    expect(isOnDisk()).toBe(true);
    const again = await files.open();
    expect((await again.getResourcesById('r'))?.resources).toEqual(resources());
  });

  it('are in memory alone when asked, and as good as written while the store is open', async () => {
    const store = await files.open({ apiKeys: 'memory' });
    const { resourcesId } = await store.addResources(resources());
    expect((await store.getResourcesById(resourcesId))?.resources).toEqual(resources());
    expect((await store.getLatestResources())?.resources).toEqual(resources());
    expect((await store.queryResources()).items[0]?.resources).toEqual(resources());
    expect(await store.updateResources(resourcesId, resources())).toMatchObject({ version: 1 });
    expect(await store.updateResources(resourcesId, resources('another'))).toMatchObject({ version: 2 });
    expect((await store.getResourcesById(resourcesId))?.resources).toEqual(resources('another'));
    await store.updateResources(resourcesId, resources());
    await store.backup(files.path('copy.db'));
    await store.close();
    expect(isOnDisk()).toBe(false);
  });

  it('come back with the same snapshot, which is still the same version', async () => {
    const store = await files.open({ apiKeys: 'memory' });
    await store.updateResources('r', resources());
    await store.close();
    const again = await files.open({ apiKeys: 'memory' });
    expect((await again.getResourcesById('r'))?.resources).toEqual(resources(null));
    expect(await again.updateResources('r', resources())).toMatchObject({ version: 1 });
    expect((await again.getResourcesById('r'))?.resources).toEqual(resources());
  });
});
