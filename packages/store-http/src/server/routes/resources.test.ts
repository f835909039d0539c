// What an update of a snapshot may ask for beyond upstream's wire. Without it the same request is answered as upstream does.
import { describe, expect, it } from 'vitest';
import { startServer } from '../../../test/running-server.ts';

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
});
