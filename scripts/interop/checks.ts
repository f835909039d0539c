import { isDeepStrictEqual } from 'node:util';

/** What one check found. */
export interface CheckReport {
  readonly what: string;
  readonly ok: boolean;
  readonly expected?: string;
  readonly got?: string;
}

/** Collects what the checks of a part find, and prints each. */
export class Checks {
  passed = 0;
  failed = 0;

  /** What was found equals what was expected. */
  equal(what: string, got: unknown, expected: unknown): void {
    const ok = isDeepStrictEqual(got, expected);
    this.report({ what, ok, expected: show(expected), got: show(got) });
  }

  /** What was found is as described. */
  holds(what: string, ok: boolean, { got, expected }: { readonly got: unknown; readonly expected: string }): void {
    this.report({ what, ok, expected, got: show(got) });
  }

  report({ what, ok, expected, got }: CheckReport): void {
    if (ok) {
      this.passed += 1;
      console.log(`  ✓ ${what}`);
    } else {
      this.failed += 1;
      console.log(`  ✗ ${what}\n      expected ${expected}\n      got      ${got}`);
    }
  }
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
