import { describe, expect, it } from 'vitest';
import { startServer } from '../../test/running-server.ts';

const base = '/v1/agl';
const resources = (template: string) => ({
  main: { resource_type: 'prompt_template', template, engine: 'f-string' },
});

async function start() {
  const { store, send } = await startServer();
  const post = (path: string, body: unknown, key = 'k-1') =>
    send('POST', `${base}${path}`, body, { 'idempotency-key': key });
  return { store, send, post };
}

describe('Idempotency-Key', () => {
  const refused = { status: 422, headers: { 'x-agl-error': 'CONFLICT' } };

  it('makes enqueuing twice the same as once, and another body a 422', async () => {
    const { store, post } = await start();
    const path = '/queues/rollouts/enqueue';
    const twin = { input: 'equal rows are legal' };
    const first = await post(path, { rollouts: [twin, twin, { input: 3 }] });
    expect(first.status).toBe(201);
    expect(await post(path, { rollouts: [twin, twin, { input: 3 }] })).toMatchObject({ status: 201, body: first.body });
    for (const rollouts of [
      [twin, twin, { input: 4 }],
      [twin, twin],
      [twin, twin, { input: 3 }, twin],
      [{ input: 3 }, twin, twin],
    ]) {
      expect(await post(path, { rollouts })).toMatchObject(refused);
    }
    expect((await store.statistics()).totalRollouts).toBe(3);
    expect((await post(path, { rollouts: [twin, twin] }, 'k-2')).status).toBe(201);
    expect((await store.statistics()).totalRollouts).toBe(5);
  });

  it('leaves ids that are chosen as they are', async () => {
    const { store, post } = await start();
    const rollouts = [{ input: 1, rollout_id: 'mine' }, { input: 2 }];
    const first = await post('/queues/rollouts/enqueue', { rollouts });
    expect(first.body).toMatchObject([{ rollout_id: 'mine' }, { rollout_id: expect.stringMatching(/^ro-/) }]);
    expect((await post('/queues/rollouts/enqueue', { rollouts })).body).toEqual(first.body);
    expect((await store.statistics()).totalRollouts).toBe(2);
  });

  it('makes starting a rollout twice the same as once, and another body a 422', async () => {
    const { store, post } = await start();
    const first = await post('/rollouts', { input: 1, worker_id: 'w' });
    expect(first.status).toBe(201);
    expect(await post('/rollouts', { input: 1, worker_id: 'w' })).toMatchObject({ status: 201, body: first.body });
    expect(await post('/rollouts', { input: 2, worker_id: 'w' })).toMatchObject(refused);
    expect(await store.statistics()).toMatchObject({ totalRollouts: 1, totalAttempts: 1 });
  });

  it('makes starting an attempt twice the same as once, and another body a 422', async () => {
    const { store, post } = await start();
    const [first, second] = await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }]);
    const path = `/rollouts/${first?.rolloutId}/attempts`;
    const started = await post(path, { worker_id: 'w' });
    expect(started.status).toBe(201);
    expect(await post(path, { worker_id: 'w' })).toMatchObject({ status: 201, body: started.body });
    expect(await post(path, { worker_id: 'other' })).toMatchObject(refused);
    expect((await post(`/rollouts/${second?.rolloutId}/attempts`, { worker_id: 'w' })).status).toBe(201);
    expect((await store.statistics()).totalAttempts).toBe(2);
  });

  it('makes adding a snapshot twice the same as once, and another body a 422', async () => {
    const { store, post } = await start();
    const first = await post('/resources', resources('a'));
    expect(first).toMatchObject({ status: 201, body: { version: 1 } });
    expect(await post('/resources', resources('a'))).toMatchObject({ status: 201, body: first.body });
    expect(await post('/resources', resources('b'))).toMatchObject(refused);
    expect((await store.statistics()).totalResources).toBe(1);
  });

  it('holds for what was made by servers before, as nothing is kept but what was made', async () => {
    const { store, post } = await start();
    const rollouts = [{ input: 1 }];
    const first = await post('/queues/rollouts/enqueue', { rollouts });
    const { send } = await startServer({ store, token: null });
    const again = await send(
      'POST',
      `${base}/queues/rollouts/enqueue`,
      { rollouts },
      { 'idempotency-key': 'k-1', authorization: '' },
    );
    expect(again.body).toEqual(first.body);
  });

  it.each(['', 'a b', 'ü'.repeat(2), 'k'.repeat(256)])('must be 1 to 255 printable characters: %j', async (key) => {
    const { store, post } = await start();
    const latin = Buffer.from(key).toString('latin1');
    expect(await post('/queues/rollouts/enqueue', { rollouts: [{ input: 1 }] }, latin)).toMatchObject({ status: 400 });
    expect((await store.statistics()).totalRollouts).toBe(0);
  });
});

describe('x-agl-strict', () => {
  it('refuses with 409 what does not count, and says what became of it either way', async () => {
    const { store, send } = await start();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const path = `${base}/rollouts/${rolloutId}/attempts/${attempt.attemptId}`;
    const strict = { 'x-agl-strict': '1' };
    const applied = { status: 200, headers: { 'x-agl-outcome': 'applied' } };
    expect(await send('POST', path, { status: 'succeeded' }, strict)).toMatchObject(applied);
    expect(await send('POST', path, { status: 'succeeded' }, strict)).toMatchObject(applied);

    const ignored = { 'x-agl-outcome': 'ignored-terminal' };
    expect(await send('POST', path, { status: 'failed' })).toMatchObject({
      status: 200,
      headers: ignored,
      body: { status: 'succeeded' },
    });
    expect(await send('POST', path, { status: 'failed' }, strict)).toMatchObject({
      status: 409,
      headers: { ...ignored, 'x-agl-error': 'CONFLICT' },
    });
    expect((await store.getRolloutById(rolloutId))?.status).toBe('succeeded');

    await store.startAttempt(rolloutId);
    const superseded = { 'x-agl-outcome': 'superseded' };
    expect(await send('POST', path, { status: 'failed' })).toMatchObject({ status: 200, headers: superseded });
    expect(await send('POST', path, { status: 'failed' }, strict)).toMatchObject({ status: 409, headers: superseded });
    expect((await store.getRolloutById(rolloutId))?.status).toBe('preparing');
  });

  it('tells a report about a cancelled rollout that it does not count', async () => {
    const { store, send } = await start();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    await store.updateRollout(rolloutId, { status: 'cancelled' });
    const path = `${base}/rollouts/${rolloutId}/attempts/${attempt.attemptId}`;
    const report = await send('POST', path, { status: 'succeeded' }, { 'x-agl-strict': '1' });
    expect(report).toMatchObject({ status: 409, headers: { 'x-agl-outcome': 'ignored-terminal' } });
    expect((await store.getRolloutById(rolloutId))?.status).toBe('cancelled');
  });
});
