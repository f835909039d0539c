import { InMemoryLightningStore, LLM, PromptTemplate } from '@agentlightning/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { initialSnapshotId, refreshSnapshots } from './refresh-snapshots.ts';

const seed = new PromptTemplate({ template: 'seed' });
const edited = new PromptTemplate({ template: 'edited' });
const oldLlm = new LLM({ endpoint: 'http://127.0.0.1:1/v1', model: 'm', apiKey: 'old-key-1' });
const newLlm = new LLM({ endpoint: 'http://127.0.0.1:2/v1', model: 'm', apiKey: 'new-key-1' });

async function stoppedRun(): Promise<InMemoryLightningStore> {
  const store = new InMemoryLightningStore();
  onTestFinished(() => store.close());
  await store.updateResources(initialSnapshotId('run-1'), { prompt: seed, llm: oldLlm });
  await store.updateResources('rs-candidate', { prompt: edited, llm: oldLlm });
  return store;
}

describe('refreshSnapshots()', () => {
  it('gives every snapshot of the run the models as they are served now, before anything is claimed', async () => {
    const store = await stoppedRun();
    expect(await refreshSnapshots(store, 'run-1', { prompt: seed, llm: newLlm })).toBe(2);
    const candidate = await store.getResourcesById('rs-candidate');
    expect(candidate?.resources).toEqual({ prompt: edited, llm: newLlm });
    expect((await store.getResourcesById(initialSnapshotId('run-1')))?.resources).toEqual({
      prompt: seed,
      llm: newLlm,
    });
    expect(await refreshSnapshots(store, 'run-1', { prompt: seed, llm: newLlm })).toBe(0);
  });

  it('leaves alone what a candidate brought itself, and what other runs keep', async () => {
    const store = await stoppedRun();
    const chosen = new LLM({ endpoint: 'http://127.0.0.1:3/v1', model: 'm' });
    await store.updateResources('rs-chosen', { prompt: edited, llm: chosen });
    await store.updateResources('rs-alone', { prompt: edited });
    expect(await refreshSnapshots(store, 'run-1', { prompt: seed, llm: newLlm })).toBe(2);
    expect((await store.getResourcesById('rs-chosen'))?.resources).toEqual({ prompt: edited, llm: chosen });
    expect((await store.getResourcesById('rs-alone'))?.version).toBe(1);
  });

  it('changes nothing when nothing has changed, or the run has not begun', async () => {
    const store = await stoppedRun();
    expect(await refreshSnapshots(store, 'run-1', { prompt: seed, llm: oldLlm })).toBe(0);
    expect(await refreshSnapshots(store, 'run-2', { prompt: seed, llm: newLlm })).toBe(0);
  });
});
