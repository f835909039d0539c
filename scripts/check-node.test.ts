import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const guard = new URL('./check-node.mjs', import.meta.url).href;

/** Runs the guard in a process that takes itself for another version of Node. */
function runAs(version: string) {
  const script = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } }); await import('${guard}');`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
}

describe('the guard before every command', () => {
  it.each(['20.20.2', '22.18.0'])('explains itself on Node %s', async (version) => {
    const failure = runAs(version);
    await expect(failure).rejects.toMatchObject({ code: 1 });
    await expect(failure).rejects.toThrow(`needs Node 22.19 or newer: this is Node ${version}`);
    await expect(failure).rejects.toThrow('npx -y pnpm@12 install');
  });

  it.each(['22.19.0', '24.21.0', '26.1.0'])('lets Node %s pass', async (version) => {
    expect(await runAs(version)).toMatchObject({ stdout: '', stderr: '' });
  });
});
