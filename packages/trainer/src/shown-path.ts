import { relative } from 'node:path';

/** A path as a person is shown it: from the working directory, `.` for that itself; whole if it is not below. */
export function shownPath(path: string): string {
  const shown = relative('.', path);
  return /^\.\.(?:[\\/]|$)/.test(shown) ? path : shown || '.';
}
