import { describe, expect, it } from 'vitest';
import { cutMiddle, fitStrings } from './fit-strings.ts';

describe('cutMiddle()', () => {
  it('leaves a short text alone', () => {
    expect(cutMiddle('abc', 3)).toBe('abc');
  });

  it('keeps both ends and says how much is missing', () => {
    expect(cutMiddle('0123456789', 4)).toBe('01 […6 characters left out…] 89');
  });

  it('does not cut a character in two', () => {
    expect(cutMiddle('😀😀😀😀', 3)).toBe('😀 […4 characters left out…] 😀');
  });
});

describe('fitStrings()', () => {
  it('cuts the long strings and leaves the short ones whole', () => {
    const value = { short: 'keep me', long: 'x'.repeat(1000), number: 1, list: ['y'.repeat(1000), null] };
    const fitted = fitStrings(value, 600) as typeof value;
    expect(fitted).toMatchObject({ short: 'keep me', number: 1 });
    expect(fitted.long.length).toBeLessThan(400);
    expect(fitted.list[0]).toContain('characters left out');
  });

  it('changes nothing that fits', () => {
    const value = { a: 'x'.repeat(50), b: ['y'.repeat(50)] };
    expect(fitStrings(value, 100)).toEqual(value);
  });
});
