import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples/*', 'bench'],
    reporters: ['default', './scripts/tests-line-reporter.ts'],
    passWithNoTests: false,
  },
});
