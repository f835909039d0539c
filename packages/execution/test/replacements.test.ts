import { silentLogger } from '@agentlightning/core';
import { checkInvariants } from '@agentlightning/core/testing';
import { expect, it } from 'vitest';
import { ProcessGroup } from '../src/child-process/process-group.ts';
import type { HostGroup } from '../src/worker-thread/host-group.ts';
import { ThreadGroup } from '../src/worker-thread/thread-group.ts';
import type { TestRequest } from './fixtures/thread-entry.ts';
import { holdings, settledHoldings } from './holdings.ts';

const ENTRY = new URL('fixtures/thread-entry.ts', import.meta.url);
/** 10 with the other tests; `pnpm check` asks for 200. */
const replacements = Number(process.env['AGL_REPLACEMENTS'] ?? 10);
/** What the first ones make is kept: compiled code, a pool of threads for files. */
const WARM_UP = 4;

function openThreads(): HostGroup<TestRequest> {
  return new ThreadGroup({ entry: ENTRY, exportName: 'runTestThread', threads: 1, logger: silentLogger });
}

function openProcesses(): HostGroup<TestRequest> {
  return new ProcessGroup({ entry: ENTRY, exportName: 'runTestWorker', heapMb: 64, rssMb: 500, logger: silentLogger });
}

/** One works, and dies: by itself while it has something to answer, or by order. Another takes its place. */
async function replace(group: HostGroup<TestRequest>, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const hosted = group.host();
    await hosted.request({ type: 'ping' });
    const pending = hosted.request({ type: 'never' }).catch(() => 'rejected');
    if (n % 2 === 0) hosted.request({ type: 'exit' }).catch(() => {});
    else hosted.terminate(new Error('its turn'));
    await hosted.gone;
    expect(await pending).toBe('rejected');
  }
}

it.each([
  ['threads', replacements, openThreads],
  // One of them takes ten times as long.
  ['processes', Math.ceil(replacements / 5), openProcesses],
])(
  '%s that are replaced leave nothing behind (%i times)',
  async (_, count, open) => {
    const group = open();
    try {
      await replace(group, WARM_UP);
      const before = holdings();
      await replace(group, count);
      const after = await settledHoldings(before);
      const sightings = [{ rollouts: [], resources: [] }];
      expect(checkInvariants({ ledger: [], sightings, holdings: { before, after } })).toEqual([]);
    } finally {
      await group.close();
    }
  },
  300_000,
);

it('what is left behind is found', async () => {
  const before = holdings();
  const groups = [openThreads(), openThreads()];
  try {
    await Promise.all(groups.map((group) => group.host().request({ type: 'ping' })));
    const sightings = [{ rollouts: [], resources: [] }];
    const violations = checkInvariants({ ledger: [], sightings, holdings: { before, after: holdings() } });
    if (process.platform === 'linux') expect(violations.map(({ invariant }) => invariant)).toContain('I12');
  } finally {
    await Promise.all(groups.map((group) => group.close()));
  }
});
