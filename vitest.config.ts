import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Runs of tests that do not say where leave their directories here, until all tests are over. */
const runs = fileURLToPath(new URL(`./node_modules/.cache/test-runs/${process.pid}`, import.meta.url));

export default defineConfig({
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', '{examples,bench,scripts}/**/*.test.ts'],
    // A slow machine is no failure: tests wait for events, and only one that hangs gets here.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 45_000 } },
    // Many tests start threads and processes that import the same modules: all but the first find them compiled.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/compile', import.meta.url)),
      AGL_RUNS_DIRECTORY: runs,
    },
    globalSetup: './scripts/remove-runs.ts',
    // Many tests wait for processes of their own, or for a time limit: one worker more than cores has something to do meanwhile.
    maxWorkers: availableParallelism() + 1,
    reporters: ['default', './scripts/tests-line-reporter.ts'],
    passWithNoTests: false,
  },
});
