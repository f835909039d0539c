import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A test that starts threads takes a second by itself, and several when other packages' tests compete for the same cores.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Some eighty threads import the same modules: all but the first find them compiled.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('./node_modules/.cache/compile', import.meta.url)) },
  },
});
