import type { Reporter, TestModule } from 'vitest/node';

/** Closes the test output with one line that people and machines read alike: `Tests: N passed, N failed, N skipped`. */
export default class TestsLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that cannot be loaded has no tests to count, and an error outside any test fails the run all the same.
      count.failed += module.errors().length;
    }
    const failed = count.failed + unhandledErrors.length;
    setImmediate(() => console.log(`\nTests: ${count.passed} passed, ${failed} failed, ${count.skipped} skipped`));
  }
}
