import { describe, expect, it } from 'vitest';
import { closestName } from './closest-name.ts';

describe('closestName()', () => {
  it.each([
    ['custmer', 'customer'],
    ['Customer', 'customer'],
    ['dtae', 'date'],
    ['timee', 'time'],
    ['question', undefined],
    ['x', undefined],
    ['y', undefined],
  ])('takes %s for %s', (name, meant) => {
    expect(closestName(name, ['customer', 'date', 'time'])).toBe(meant);
  });

  it('prefers the nearest, then the first', () => {
    expect(closestName('roomss', ['rooms', 'room'])).toBe('rooms');
    expect(closestName('room', ['roomA', 'roomB'])).toBe('roomA');
    expect(closestName('room', [])).toBeUndefined();
  });
});
