import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { connect, startServer } from '../../test/running-server.ts';

it("LightningStoreClient opens 'maxConnections' for calls, and the others wait for their turn", async () => {
  const { send } = await startServer();
  const statistics = JSON.stringify((await send('GET', '/v1/agl/statistics')).body);
  let connections = 0;
  let requests = 0;
  const bothAsked = Promise.withResolvers<void>();
  const server = createServer((_request, response) => {
    requests += 1;
    if (requests === 2) bothAsked.resolve();
    void bothAsked.promise.then(() => response.setHeader('content-type', 'application/json').end(statistics));
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const client = connect({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: null,
    maxConnections: 2,
  });
  await Promise.all(Array.from({ length: 6 }, () => client.statistics()));
  expect({ requests, connections }).toEqual({ requests: 6, connections: 2 });
});
