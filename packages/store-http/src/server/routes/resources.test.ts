// What an update of a snapshot may ask for beyond upstream's wire. Without it the same request is answered as upstream does.
import { PromptTemplate } from '@agentlightning/core';
import { FaultyProxy } from '@agentlightning/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, startServer } from '../../../test/running-server.ts';

describe('unless_identical', () => {
  it('leaves the version of a snapshot alone when nothing is new, which without it is counted', async () => {
    const { send, connect } = await startServer();
    const body = { p: { resource_type: 'prompt_template', template: 'a', engine: 'f-string' } };
    const update = async (query = '', headers: Record<string, string> = {}) =>
      ((await send('POST', `/v1/agl/resources/mine${query}`, body, headers)).body as { version: number }).version;
    expect(await update()).toBe(1);
    expect(await update('?unless_identical=true')).toBe(1);
    expect(await update()).toBe(2);
    expect(await update('?unless_identical=false')).toBe(3);
    expect(await update('', { 'idempotency-key': 'k' })).toBe(3);
    const client = connect();
    const { resources } = (await client.getResourcesById('mine'))!;
    expect((await client.updateResources('mine', resources)).version).toBe(3);
    expect((await client.updateResources('mine', resources, { countIdentical: true })).version).toBe(4);
  });

  it('is what an update is sent again with after a lost reply; one that counts each time is sent once', async () => {
    const { server, store } = await startServer();
    const resources = { p: new PromptTemplate({ template: 'a' }) };
    const proxy = await FaultyProxy.start({ target: server.url, seed: 1, faults: { 'lost-reply': 1 } });
    onTestFinished(() => proxy.close());
    const client = connect({ url: proxy.url, token: server.token, retryBudgetMs: 2_000 });
    await expect(client.updateResources('mine', resources, { countIdentical: true })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(proxy.happened['lost-reply']).toBe(1);
    await expect(client.updateResources('mine', resources)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(proxy.happened['lost-reply']).toBeGreaterThan(2);
    expect(await store.getResourcesById('mine')).toMatchObject({ version: 1 });
  });
});
