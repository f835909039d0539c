import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readDocument } from '../documents.ts';
import { findPythonEnvironment, preparePythonEnvironment } from './python-environment.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agl-python-'));
  directories.push(directory);
  return directory;
}

/** Whether this machine has a Python to try. */
const hasPython = (() => {
  try {
    execFileSync('python3', ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10)'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

describe('preparePythonEnvironment()', () => {
  it('is unavailable where no candidate is Python 3.10 or newer, whatever its name', async () => {
    const candidates = ['python-that-there-is-not', process.execPath];
    const preparation = await preparePythonEnvironment(() => {}, { directory: emptyDirectory(), candidates });
    expect(preparation).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringMatching(/no Python 3\.10 or newer.*python-that-there-is-not/),
    });
  });

  it.skipIf(!hasPython)(
    'is unavailable where there is no network to install from, and leaves nothing usable',
    async () => {
      const directory = emptyDirectory();
      const said: string[] = [];
      const preparation = await preparePythonEnvironment((text) => said.push(text), {
        directory,
        candidates: ['python3'],
        // Nobody listens there.
        env: {
          ...process.env,
          PIP_CONFIG_FILE: '/dev/null',
          PIP_INDEX_URL: 'http://127.0.0.1:1/simple',
        },
      });
      expect(preparation).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('no network') });
      expect(said.join()).toContain('Installing');
      expect(findPythonEnvironment({ directory })).toBeUndefined();
    },
  );
});

describe('findPythonEnvironment()', () => {
  it('does not take an environment of other requirements', () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'installed.json'), JSON.stringify({ requirements: 'other' }));
    expect(findPythonEnvironment({ directory })).toBeUndefined();
  });
});

describe('requirements.txt', () => {
  it('asks for what the guide tells its readers to install', () => {
    const requirements = readFileSync(new URL('requirements.txt', import.meta.url), 'utf8');
    const { text } = readDocument('docs/guides/work-with-python.md');
    const [, named = ''] = /^```text\n# requirements\.txt\n([\s\S]*?)^```$/m.exec(text) ?? [];
    expect(named).toBe(requirements.replaceAll(/^#.*\n/gm, ''));
  });
});
