import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Each runner thread imports the umbrella with its agent, before it can work on anything. */
it('importing the umbrella loads no server, no thread pool, no logger and nothing that only a terminal needs', async () => {
  const script = fileURLToPath(new URL('./fixtures/loaded-packages.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(JSON.parse(stdout)).toEqual(['openai', 'undici', 'zod']);
});
