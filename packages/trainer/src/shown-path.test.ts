import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { shownPath } from './shown-path.ts';

it('is from the working directory, unless it is elsewhere', () => {
  expect(shownPath(resolve('runs/run-1'))).toBe(join('runs', 'run-1'));
  expect(shownPath(resolve('.'))).toBe('.');
  expect(shownPath(resolve('..hidden'))).toBe('..hidden');
  for (const path of [resolve('..'), resolve('../runs')]) expect(shownPath(path)).toBe(path);
});
