import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { armFailpoint, ENDED_BY_FAILPOINT } from './failpoint.ts';
import { FAILPOINTS } from './failpoints.ts';

/** Passes two failpoints, three times each, and says what it got to. */
function passing(setting: string | undefined): { said: string; status: number | null; signal: string | null } {
  const script = fileURLToPath(new URL('test-data/passing.ts', import.meta.url));
  const { AGL_FAILPOINT: _, ...env } = process.env;
  const { stdout, status, signal } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...env, ...(setting === undefined ? {} : { AGL_FAILPOINT: setting }) },
  });
  return { said: stdout, status, signal };
}

describe('A failpoint', () => {
  it('does nothing unless it is armed', () => {
    expect(armFailpoint(undefined)).toBeUndefined();
    expect(armFailpoint('')).toBeUndefined();
    expect(passing(undefined)).toMatchObject({ said: '111222', status: 0 });
  });

  it('kills its process when it is passed for the nth time', () => {
    expect(passing('kill step.beforeCommit 2')).toEqual({ said: '1', status: null, signal: 'SIGKILL' });
    expect(passing('kill step.afterCommit 1')).toEqual({ said: '111', status: null, signal: 'SIGKILL' });
  });

  it('ends its thread', () => {
    expect(passing('exit step.beforeCommit 3')).toMatchObject({ said: '11', status: ENDED_BY_FAILPOINT });
  });

  it('throws, and goes on afterwards', () => {
    const pass = armFailpoint('throw step.beforeCommit 2')!;
    pass('step.beforeCommit');
    expect(() => pass('step.beforeCommit')).toThrow('step.beforeCommit');
    pass('step.beforeCommit');
  });

  it('holds its thread for a while', () => {
    const pass = armFailpoint('delay step.beforeCommit 1 30')!;
    const took = (...passed: Parameters<typeof pass>): number => {
      const start = performance.now();
      pass(...passed);
      return performance.now() - start;
    };
    // The shortest one: the machine may hold anybody for a while.
    expect(Math.min(...Array.from({ length: 9 }, () => took('step.afterCommit')))).toBeLessThan(28);
    expect(took('step.beforeCommit')).toBeGreaterThan(28);
    expect(Math.min(...Array.from({ length: 9 }, () => took('step.beforeCommit')))).toBeLessThan(28);
  });

  it('notes that it was passed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'agl failpoints-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const pass = armFailpoint(`note ${join(folder, 'passed')}`)!;
    for (const name of FAILPOINTS) pass(name);
    expect(readFileSync(join(folder, 'passed'), 'utf8')).toBe(`${FAILPOINTS.join('\n')}\n`);
  });

  it('does several things, one after the other', () => {
    const folder = mkdtempSync(join(tmpdir(), 'agl failpoints-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const notes = join(folder, 'passed');
    expect(passing(`note ${notes}; kill step.beforeCommit 2`)).toMatchObject({ said: '1', signal: 'SIGKILL' });
    expect(readFileSync(notes, 'utf8')).toBe('step.beforeCommit\nstep.beforeCommit\n');
  });

  it.each([
    'kill',
    'note /tmp/passed; kill',
    'kill nowhere 1',
    'kill step.beforeCommit',
    'kill step.beforeCommit 0',
    'delay step.beforeCommit 1',
    'stop step.beforeCommit 1',
  ])('cannot be armed by %j', (setting) => {
    expect(() => armFailpoint(setting)).toThrow(new RegExp(`AGL_FAILPOINT must be .* it is '${setting}'`));
  });
});
