import { describe, expect, it } from 'vitest';
import { describeIsolation, last } from './describe-isolation.ts';
import { RunWithNeighbours } from './run-with-neighbours.ts';

describeIsolation({ isolation: 'process', rssMb: 300 });

// In a run of its own: the other one has seen as many crashes by then as it puts up with in a minute.
describe("Isolation 'process' contains an agent that", () => {
  it('crashes in native code', async () => {
    const run = new RunWithNeighbours({ isolation: 'process' });
    try {
      await run.start();
      const attempts = await run.misbehave('crashes in native code');
      expect(last(attempts)).toMatchObject({
        status: 'failed',
        metadata: { reason: 'runner lost', cause: 'it was ended by the signal SIGSEGV' },
      });
      const neighbours = await run.endOfNeighbours();
      expect(neighbours.map(({ status, attempts: all }) => [status, all.length])).toEqual([
        ['succeeded', 1],
        ['succeeded', 1],
      ]);
    } finally {
      await run.stop();
    }
  });
});
