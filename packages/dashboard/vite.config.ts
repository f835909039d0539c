import { defineConfig } from 'vite';
import { compressedFiles } from './src/files/compressed-files.ts';
import { sourcesOfPage } from './src/files/sources-of-page.ts';

/** The page as it is served: nothing of it is inline, every path is relative, and no request leaves the server it came from. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  plugins: [compressedFiles(), sourcesOfPage()],
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2023',
    // An inlined asset would be a data URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // How long something took on a busy machine is no fault of the page.
      checks: { pluginTimings: false },
      onLog(level, { message }) {
        // Such as a module of Node's that the page would import and find empty.
        if (level === 'warn') throw new Error(message);
      },
    },
  },
});
