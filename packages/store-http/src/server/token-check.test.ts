import { describe, expect, it } from 'vitest';
import { startServer } from '../../test/running-server.ts';
import type { RequestRefusedError } from './request-refused-error.ts';
import { TokenCheck } from './token-check.ts';

/** 200, or what a request with this header is refused with. */
function statusOf(check: TokenCheck, authorization?: string): number {
  try {
    check.check(authorization);
    return 200;
  } catch (error) {
    return (error as RequestRefusedError).status;
  }
}

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('TokenCheck', () => {
  it.each(['Bearer right', 'bearer   right ', 'BEARER right', basic('agl:right'), basic(':right'), basic('any:right')])(
    'takes %j',
    (header) => expect(statusOf(new TokenCheck('right'), header)).toBe(200),
  );

  it.each([
    undefined,
    '',
    'right',
    'Bearer',
    'Bearer righ',
    'Bearer rightt',
    'Bearer right right',
    'Bearer Right',
    'Digest right',
    basic('right'),
    basic('agl:wrong'),
    basic('right:wrong'),
    basic('agl:right:'),
    'Basic !!!',
    `Bearer ${'x'.repeat(100_000)}`,
    `Bearer${' '.repeat(100_000)}x y`,
  ])('refuses %j', (header) => expect(statusOf(new TokenCheck('right'), header)).toBe(401));

  it('takes a token with colons as a password', () => {
    expect(statusOf(new TokenCheck('a:b:c'), basic('agl:a:b:c'))).toBe(200);
  });

  it('compares digests, of which all have one length', () => {
    // Buffers of unequal length make the comparison in constant time throw.
    for (let length = 1; length < 100; length += 1) {
      expect([401, 429]).toContain(statusOf(new TokenCheck('right'), `Bearer ${'x'.repeat(length)}`));
    }
  });

  it('rations wrong tokens, and gives a little more each second', () => {
    let now = 0;
    const check = new TokenCheck('right', () => now);
    const wrong = (count: number): number[] => Array.from({ length: count }, () => statusOf(check, 'Bearer wrong'));
    expect(wrong(50)).toEqual(Array(50).fill(401));
    expect(wrong(100)).toEqual(Array(100).fill(429));
    expect(statusOf(check, 'Bearer right')).toBe(200);
    // Who shows none has guessed nothing.
    expect(statusOf(check)).toBe(401);
    now += 1_000;
    expect(wrong(6)).toEqual([401, 401, 401, 401, 401, 429]);
    now += 3_600_000;
    expect(wrong(51)).toEqual([...Array<number>(50).fill(401), 429]);
  });
});

describe('A server that gets ten thousand wrong tokens', () => {
  it('answers most with 429 and none with a failure, while those with the right one notice nothing', async () => {
    const { send, connect } = await startServer();
    const client = connect();
    const statuses = new Map<number, number>();
    const endings = new Set<string>();
    let sent = 0;
    const guess = async (): Promise<void> => {
      while (sent < 10_000) {
        sent += 1;
        const headers = { authorization: `Bearer ${sent.toString(16).padStart(43, '0')}` };
        const { status, headers: reply } = await send('GET', '/v1/agl/statistics', undefined, headers);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 429) endings.add(['retry-after', 'x-agl-error'].map((name) => reply[name]).join(' '));
      }
    };
    const guessing = Promise.all(Array.from({ length: 20 }, guess));
    let served = 0;
    while (sent < 10_000) {
      await client.enqueueRollout({ input: served });
      served += 1;
    }
    await guessing;
    expect(new Set(statuses.keys())).toEqual(new Set([401, 429]));
    expect(statuses.get(429)).toBeGreaterThan(9_000);
    expect(await client.statistics()).toMatchObject({ totalRollouts: served });
    expect([...endings]).toEqual(['1 UNAUTHENTICATED']);
    // For our client it is what a wrong token always is: there is no use in trying again.
    await expect(connect({ token: 'wrong' }).statistics()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
