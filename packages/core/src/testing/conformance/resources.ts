import { expect, it } from 'vitest';
import { LLM } from '../../resource/llm.ts';
import { PromptTemplate } from '../../resource/prompt-template.ts';
import type { NamedResources } from '../../resource/resource.ts';
import type { StoreUnderTest } from './store-under-test.ts';

const resourcesOf = (template: string): NamedResources => ({
  prompt: new PromptTemplate({ template, engine: 'f-string' }),
});

/** Snapshots of resources. */
export function describeResources(subject: StoreUnderTest): void {
  const latestId = async () => (await subject.store.getLatestResources())?.resourcesId;

  // 107
  it('addResources() makes a snapshot under a new rs- id, which becomes the latest', async () => {
    const { store } = subject;
    const resources = {
      ...resourcesOf('Hi {name}'),
      main_llm: new LLM({
        endpoint: 'http://localhost/v1',
        model: 'm',
        samplingParameters: { topP: 1, max_tokens: 5 },
      }),
    };
    const added = await store.addResources(resources);
    expect(added.resourcesId).toMatch(/^rs-[0-9a-f]{12}$/);
    expect(added.version).toBe(1);
    expect(added.resources).toEqual(resources);
    const read = await store.getResourcesById(added.resourcesId);
    expect(read).toEqual(added);
    expect(read?.resources['prompt']).toBeInstanceOf(PromptTemplate);
    expect(read?.resources['main_llm']).toBeInstanceOf(LLM);
    expect(await store.getLatestResources()).toEqual(added);
  });

  // 108
  it('each addResources() is a snapshot of its own; the last one is the latest', async () => {
    const { store } = subject;
    const all = [];
    for (const text of ['a', 'b', 'a']) all.push(await store.addResources(resourcesOf(text)));
    expect(new Set(all.map(({ resourcesId }) => resourcesId)).size).toBe(3);
    for (const update of all) expect(await store.getResourcesById(update.resourcesId)).toEqual(update);
    expect(await latestId()).toBe(all[2]?.resourcesId);
  });

  // 109
  it('reading what does not exist answers undefined', async () => {
    expect(await subject.store.getLatestResources()).toBeUndefined();
    expect(await subject.store.getResourcesById('rs-none')).toBeUndefined();
  });

  // 110, 113, 114
  it('updateResources() makes an unknown id, and counts the versions of a known one', async () => {
    const { store } = subject;
    const other = await store.addResources(resourcesOf('other'));
    const first = await store.updateResources('mine', resourcesOf('one'));
    expect(first).toMatchObject({ resourcesId: 'mine', version: 1 });
    expect(first.updateTime).toBe(first.createTime);
    await subject.tick();
    const second = await store.updateResources('mine', resourcesOf('two'));
    expect(second).toMatchObject({ version: 2, createTime: first.createTime });
    expect(second.updateTime).toBeGreaterThan(first.updateTime);
    expect(second.resources).toEqual(resourcesOf('two'));
    expect(await store.getResourcesById('mine')).toEqual(second);
    expect(await latestId()).toBe('mine');
    expect(await store.getResourcesById(other.resourcesId)).toEqual(other);
    expect((await store.updateResources(other.resourcesId, resourcesOf('x'))).version).toBe(2);
    expect(await latestId()).toBe(other.resourcesId);
  });

  it('updateResources() replaces the whole mapping', async () => {
    const { store } = subject;
    await store.updateResources('mine', {
      ...resourcesOf('a'),
      ...{ second: resourcesOf('b')['prompt'] as PromptTemplate },
    });
    await store.updateResources('mine', resourcesOf('c'));
    expect(Object.keys((await store.getResourcesById('mine'))?.resources ?? {})).toEqual(['prompt']);
  });

  it('updateResources() with what is there already changes nothing but which is the latest', async () => {
    const { store } = subject;
    const first = await store.updateResources('mine', resourcesOf('same'));
    await store.addResources(resourcesOf('other'));
    await subject.tick();
    expect(await store.updateResources('mine', resourcesOf('same'))).toEqual(first);
    expect(await latestId()).toBe('mine');
  });

  it('updateResources() counts identical content when it is asked to', async () => {
    const { store } = subject;
    const first = await store.updateResources('mine', resourcesOf('same'));
    await subject.tick();
    const again = await store.updateResources('mine', resourcesOf('same'), { countIdentical: true });
    expect(again).toMatchObject({ version: 2, createTime: first.createTime });
    expect(again.updateTime).toBeGreaterThan(first.updateTime);
  });

  // 112
  it('queryResources() filters, sorts and pages', async () => {
    const { store } = subject;
    for (const id of ['run-b', 'run-a', 'other']) await store.updateResources(id, resourcesOf(id));
    await store.updateResources('run-b', resourcesOf('changed'));
    const ids = async (query: object) =>
      Array.from(await store.queryResources(query), ({ resourcesId }) => resourcesId);
    expect(await ids({})).toEqual(['run-b', 'run-a', 'other']);
    expect(await ids({ resourcesId: 'run-a' })).toEqual(['run-a']);
    expect(await ids({ resourcesIdContains: 'run-' })).toEqual(['run-b', 'run-a']);
    expect(await ids({ resourcesId: 'run-a', resourcesIdContains: 'other' })).toEqual([]);
    expect(await ids({ sortBy: 'resourcesId' })).toEqual(['other', 'run-a', 'run-b']);
    expect(await ids({ sortBy: 'version', sortOrder: 'desc' })).toEqual(['run-b', 'run-a', 'other']);
    const page = await store.queryResources({ sortBy: 'resourcesId', limit: 1, offset: 1 });
    expect(page.at(0)?.resourcesId).toBe('run-a');
    expect([page.limit, page.offset, page.total]).toEqual([1, 1, 3]);
  });

  // 115
  it('concurrent updates of different ids all arrive, and the latest is one of them', async () => {
    const { store } = subject;
    const ids = Array.from({ length: 50 }, (_, index) => `rs-${index}`);
    await Promise.all(ids.map((id) => store.updateResources(id, resourcesOf(id))));
    expect((await store.queryResources()).total).toBe(50);
    expect(ids).toContain(await latestId());
  });

  it('what is not a resource is refused', async () => {
    const { store } = subject;
    const bad = { prompt: 'just text' } as never;
    await expect(store.addResources(bad)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(store.updateResources('mine', bad)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await store.getLatestResources()).toBeUndefined();
  });
}
