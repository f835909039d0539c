import { describe, expect, it } from 'vitest';
import { takeTokenFromAddress } from './token.ts';

function opened(hash: string) {
  const kept: string[] = [];
  const addresses: unknown[] = [];
  takeTokenFromAddress(
    { hash, pathname: '/', search: '' },
    { replaceState: (_state, _title, address) => void addresses.push(address) },
    { setItem: (_key, token) => void kept.push(token) },
  );
  return { kept, addresses };
}

describe('takeTokenFromAddress()', () => {
  it('keeps the token and cleans the address', () => {
    expect(opened('#token=abc_-123')).toEqual({ kept: ['abc_-123'], addresses: ['/'] });
  });

  it('leaves the route that follows', () => {
    expect(opened('#token=abc&/rollouts/ro-1?x=1')).toEqual({
      kept: ['abc'],
      addresses: ['/#/rollouts/ro-1?x=1'],
    });
  });

  it('touches no address without a token', () => {
    expect(opened('#/rollouts')).toEqual({ kept: [], addresses: [] });
  });
});
