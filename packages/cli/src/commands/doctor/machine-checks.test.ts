import { describe, expect, it } from 'vitest';
import { checkNode } from './machine-checks.ts';

describe('checkNode()', () => {
  it.each([
    ['22.19.0', true, 'ok'],
    ['24.0.0', true, 'ok'],
    ['22.18.9', true, 'failed'],
    ['20.20.2', true, 'failed'],
    ['24.0.0', false, 'failed'],
  ])('finds Node %s, stripping types: %s, to be %s', (version, stripsTypes, status) => {
    expect(checkNode(version, stripsTypes)).toMatchObject({ status });
  });
});
