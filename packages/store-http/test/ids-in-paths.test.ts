import { expect, it } from 'vitest';
import { startServer } from './running-server.ts';

it.each(['a b', 'a/b', '..', 'é?%#', 'w\u{1f600}'])('a worker may be called %j', async (workerId) => {
  const { connect, store } = await startServer();
  const client = connect();
  await client.updateWorker(workerId);
  expect(await client.getWorkerById(workerId)).toEqual(await store.getWorkerById(workerId));
  expect((await store.queryWorkers()).items.map((worker) => worker.workerId)).toEqual([workerId]);
});

it('an id that no URL can carry is refused at once', async () => {
  const { connect } = await startServer();
  const client = connect();
  const refused = { code: 'INVALID_ARGUMENT' };
  await expect(client.updateWorker('half \ud800 of a pair')).rejects.toMatchObject(refused);
  await expect(client.getRolloutById('\udc00')).rejects.toMatchObject(refused);
});
