// What requests may ask for beyond upstream's wire, as any peer would send it. Without it the same requests are answered as upstream does.
import { describe, expect, it } from 'vitest';
import { startServer } from '../../../test/running-server.ts';

describe('x-agl-strict', () => {
  it('answers 409 to a report that does not count, which without it is 200 with the unchanged attempt', async () => {
    const { store, send } = await startServer();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const report = (status: string, headers: Record<string, string> = {}) =>
      send('POST', `/v1/agl/rollouts/${rolloutId}/attempts/${attempt.attemptId}`, { status }, headers);
    expect(await report('failed', { 'x-agl-strict': '1' })).toMatchObject({ status: 200, body: { status: 'failed' } });
    const ignored = { 'x-agl-outcome': 'ignored-terminal' };
    expect(await report('succeeded')).toMatchObject({ status: 200, headers: ignored, body: { status: 'failed' } });
    const strict = await report('succeeded', { 'x-agl-strict': '1' });
    expect(strict).toMatchObject({ status: 409, headers: { ...ignored, 'x-agl-error': 'CONFLICT' } });
    expect(strict.body).toMatchObject({ details: { status: 'failed', outcome: 'ignored-terminal' } });
  });

  it('tells a superseded attempt so, whose report is kept', async () => {
    const { store, send } = await startServer();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    await store.startAttempt(rolloutId);
    const path = `/v1/agl/rollouts/${rolloutId}/attempts/${attempt.attemptId}`;
    const strict = await send('POST', path, { status: 'succeeded' }, { 'x-agl-strict': '1' });
    expect(strict).toMatchObject({ status: 409, headers: { 'x-agl-outcome': 'superseded' } });
    expect((await store.queryAttempts(rolloutId)).at(0)).toMatchObject({ status: 'succeeded' });
  });
});

describe('unless_identical', () => {
  it('leaves the version of a snapshot alone when nothing is new, which without it is counted', async () => {
    const { send, connect } = await startServer();
    const body = { p: { resource_type: 'prompt_template', template: 'a', engine: 'f-string' } };
    const update = async (query = '') =>
      ((await send('POST', `/v1/agl/resources/mine${query}`, body)).body as { version: number }).version;
    expect(await update()).toBe(1);
    expect(await update('?unless_identical=true')).toBe(1);
    expect(await update()).toBe(2);
    expect(await update('?unless_identical=false')).toBe(3);
    const client = connect();
    const { resources } = (await client.getResourcesById('mine'))!;
    expect((await client.updateResources('mine', resources)).version).toBe(3);
    expect((await client.updateResources('mine', resources, { countIdentical: true })).version).toBe(4);
  });
});
