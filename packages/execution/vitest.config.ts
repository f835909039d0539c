import { defineConfig } from 'vitest/config';

export default defineConfig({
  // A test that starts threads takes a second by itself, and several when other packages' tests compete for the same cores.
  test: { testTimeout: 30_000, hookTimeout: 30_000 },
});
