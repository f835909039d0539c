// Removes what runs of tests have left, once all tests are over.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function teardown(): void {
  rmSync(fileURLToPath(new URL(`../node_modules/.cache/test-runs/${process.pid}`, import.meta.url)), {
    recursive: true,
    force: true,
  });
}
