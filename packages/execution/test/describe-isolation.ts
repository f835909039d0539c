// What each mode of isolation contains; docs/guides/choose-where-things-run.md has the table. Each cell is a test here.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt } from '@agentlightning/core';
import type { ClientServerExecutionOptions, Isolation } from '@agentlightning/execution';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from './is-running.ts';
import { RunWithNeighbours } from './run-with-neighbours.ts';

/** Whether everything is tried, as the gate's step `processes` does; else one of each kind. */
const every = process.env['AGL_PROCESSES'] === 'every';

/** The status and the metadata of the last of several attempts. */
export const last = (attempts: readonly Attempt[]): Pick<Attempt, 'status' | 'metadata'> => attempts.at(-1)!;

/** Has agents misbehave in every way that the mode contains, one after the other in one run. */
export function describeIsolation(options: ClientServerExecutionOptions & { readonly isolation: Isolation }): void {
  const { isolation } = options;
  describe(`Isolation '${isolation}' contains an agent that`, () => describeContained(options, isolation));
}

function describeContained(options: ClientServerExecutionOptions, isolation: Isolation): void {
  const isShared = isolation === 'shared';
  let run: RunWithNeighbours;

  beforeAll(async () => {
    run = new RunWithNeighbours(options);
    await run.start();
  });

  afterAll(() => run.stop());

  const hanging = ['never resolves', 'ignores its signal'] as const;
  it.each(every ? hanging : hanging.slice(0, 1))('%s', async (what) => {
    // Its slot is free without it. Where that slot is all there is to the thread or process, the agent is ended together with it.
    const attempts = await run.misbehave(what, { isReplaced: !isShared });
    expect(attempts).toHaveLength(1);
    expect(last(attempts)).toMatchObject({ status: 'timeout' });
  });

  const blocking = ['is in a busy loop', 'is in a catastrophic regex', 'is in Atomics.wait', 'is in execSync'] as const;
  it.each(every ? blocking : [blocking[0], blocking[3]])('%s', async (what) => {
    const attempts = await run.misbehave(what);
    expect(attempts).toHaveLength(1);
    expect(last(attempts)).toMatchObject({
      status: 'timeout',
      metadata: {
        reason: 'timeout',
        // Which of the two comes first on a busy machine: the run that looks at its thread, or the store that has given the attempt up.
        cause: expect.stringMatching(
          /^its event loop stood still(?:, past the time limit of an attempt| in an attempt that no longer counts)$/,
        ),
      },
    });
    const isStuck = what === 'is in execSync' && isolation !== 'process';
    expect(run.errors.splice(0).map((message) => message.slice(0, 17))).toEqual(isStuck ? ['A thread is stuck'] : []);
    if (what !== 'is in execSync' || isStuck) return;
    const child = join(run.directory, 'child');
    expect(existsSync(child)).toBe(true);
    expect(isRunning(Number(readFileSync(child, 'utf8')))).toBe(false);
  });

  const ending = [
    ['exits the process', /exited with code: 3$/],
    ['throws where nobody catches', /thrown into the void$/],
    ['rejects where nobody catches', /rejected into the void$/],
    ['fills the heap', /^its JavaScript heap reached the limit of 48 MB$/],
    ...(isolation === 'process'
      ? ([['fills buffers', /^its memory reached \d+ MB, and 300 MB is the limit$/]] as const)
      : []),
  ] as const;
  it.each(every ? ending : ending.filter(([what]) => what.startsWith('fills')))('%s', async (what, cause) => {
    const attempts = await run.misbehave(what, { timeoutSeconds: 30 });
    expect(last(attempts)).toMatchObject({ status: 'failed', metadata: { reason: 'runner lost', strikes: 1 } });
    expect(last(attempts).metadata?.['cause']).toMatch(cause);
    // Nobody knows of whom the first heap of several agents is full. From then on the thread takes note.
    const innocent = isShared && what === 'fills the heap' ? ['given back'] : [];
    expect(attempts.slice(0, -1).map(({ metadata }) => metadata?.['reason'])).toEqual(innocent);
  });

  it('does any of these, at no cost to its neighbours', async () => {
    for (const { status, attempts } of await run.endOfNeighbours()) {
      expect(status).toBe('succeeded');
      const earlier = attempts.slice(0, -1).map(({ metadata }) => metadata?.['reason']);
      // They were allowed one attempt. Those that share a thread begin again; the others do not notice.
      expect(new Set(earlier)).toEqual(new Set(isShared ? ['given back'] : []));
    }
  });
}
