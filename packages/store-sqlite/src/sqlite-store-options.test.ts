import { expect, it } from 'vitest';
import { SqliteLightningStore } from './sqlite-lightning-store.ts';

it.each([
  [{}, /'path' must be the path of a file/],
  [{ path: ':memory:' }, /'path' must be the path of a file: current value is ":memory:"/],
  [{ path: 'x', synchronous: 'off' }, /'synchronous' must be 'full' or 'normal': current value is "off"/],
  [{ path: 'x', readOnly: 1 }, /'readOnly' must be true or false/],
  [{ path: 'x', readOnly: true, maxBytes: 100_000 }, /'readOnly' excludes/],
  [{ path: 'x', retention: { keepEndedRollouts: 0 } }, /'retention.keepEndedRollouts' must be/],
  [{ path: 'x', retention: { keepEndedDays: 0 } }, /'retention.keepEndedDays' must be/],
  [{ path: 'x', retention: { days: 1 } }, /'days' is not an option/],
  [{ path: 'x', maxBytes: 10 }, /'maxBytes' must be/],
  [{ path: 'x', syncronous: 'full' }, /'syncronous' is not an option: did you mean 'synchronous'/],
])('a wrong option is refused before a file is touched: %j', async (options, message) => {
  await expect(SqliteLightningStore.open(options as never)).rejects.toThrow(message);
});
