/** Something that must hold. `E`: equality with the undisturbed run. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'E';

/** An invariant that does not hold, and how that is known. */
export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

/** Collects what does not hold. */
export class Findings {
  readonly violations: Violation[] = [];

  /** Notes a violation unless it holds. */
  check(invariant: Invariant, holds: boolean, what: string): void {
    if (!holds) this.violations.push({ invariant, what });
  }
}

/** What occurs more than once, each once. */
export function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) again.add(value);
    seen.add(value);
  }
  return [...again];
}
