import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,examples}/*/{src,test}/**/*.test.ts', '{bench,docs,scripts}/**/*.test.ts'],
    // A slow machine is no failure: tests wait for events, and only one that hangs gets here.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './scripts/tests-line-reporter.ts'],
    passWithNoTests: false,
  },
});
