import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', '{examples,bench,scripts}/**/*.test.ts'],
    // A slow machine is no failure: tests wait for events, and only one that hangs gets here.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Many tests start threads and processes that import the same modules: all but the first find them compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/compile', import.meta.url)) },
    reporters: ['default', './scripts/tests-line-reporter.ts'],
    passWithNoTests: false,
  },
});
