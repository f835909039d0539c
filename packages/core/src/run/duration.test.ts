import { describe, expect, it } from 'vitest';
import { duration } from './duration.ts';

describe('duration()', () => {
  it.each([
    [0, '0:00'],
    [7.4, '0:07'],
    [760, '12:40'],
    [3723, '1:02:03'],
  ])('writes %f seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
