import { randomBytes } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzipOnce } from './gunzip-once.ts';

const MIB = 1024 ** 2;
/** Of what is no whole member the last bytes say any length, so that either reason may be given. */
const refused = { status: expect.toBeOneOf([400, 413]) };
const sound = gzipSync(randomBytes(5_000));

/** A gzip member whose header has all the optional parts. */
function withEveryPart(plain: Buffer): Buffer {
  const parts = [Buffer.from([3, 0, 9, 9, 9]), Buffer.from('name\0'), Buffer.from('comment\0'), Buffer.from([1, 2])];
  const member = gzipSync(plain);
  const header = Buffer.from(member.subarray(0, 10));
  header[3] = 4 | 8 | 16 | 2;
  return Buffer.concat([header, ...parts, member.subarray(10)]);
}

describe('gunzipOnce()', () => {
  it.each([0, 1, 70_000, 3 * MIB])('unpacks %d bytes', async (size) => {
    const plain = randomBytes(size);
    expect((await gunzipOnce(gzipSync(plain), 4 * MIB)).equals(plain)).toBe(true);
    expect((await gunzipOnce(withEveryPart(plain), 4 * MIB)).equals(plain)).toBe(true);
  });

  it('refuses a body that is cut short, wherever', async () => {
    for (const length of [0, 1, 9, 10, 11, 100, sound.length - 9, sound.length - 8, sound.length - 1]) {
      await expect(gunzipOnce(sound.subarray(0, length), MIB), `${length} bytes`).rejects.toMatchObject(refused);
    }
  });

  it.each([
    ['several members', Buffer.concat([sound, sound])],
    ['an empty member first', Buffer.concat([gzipSync(''), sound])],
    ['something behind it', Buffer.concat([sound, Buffer.from([0])])],
    ['another format', deflateSync('plain')],
    ['unknown flags', Buffer.concat([sound.subarray(0, 3), Buffer.from([0x80]), sound.subarray(4)])],
    ['a wrong checksum', Buffer.concat([sound.subarray(0, -8), Buffer.alloc(4), sound.subarray(-4)])],
    ['a length beyond its own', Buffer.concat([sound.subarray(0, -4), Buffer.from([0, 0, 1, 0])])],
  ])('refuses %s', async (_, body) => {
    await expect(gunzipOnce(body, MIB)).rejects.toMatchObject(refused);
  });

  it('refuses a body that unpacks to more than the limit', async () => {
    const body = gzipSync(randomBytes(20_000));
    await expect(gunzipOnce(body, 20_000)).resolves.toHaveLength(20_000);
    await expect(gunzipOnce(body, 19_999)).rejects.toMatchObject({ status: 413 });
  });

  it('refuses a body that swells too much, though it is within the limit', async () => {
    await expect(gunzipOnce(gzipSync(Buffer.alloc(MIB)), 32 * MIB)).resolves.toHaveLength(MIB);
    await expect(gunzipOnce(gzipSync(Buffer.alloc(8 * MIB)), 32 * MIB)).rejects.toMatchObject({ status: 413 });
  });

  it('stops a body at the length that it says', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB));
    for (const said of [0, 1, 70_000]) {
      bomb.writeUInt32LE(said, bomb.length - 4);
      await expect(gunzipOnce(bomb, 32 * MIB)).rejects.toMatchObject({ status: 413 });
    }
  });

  it('unpacks spans that repeat a long prompt', async () => {
    const prompt = randomBytes(9_000).toString('base64');
    const body = Buffer.from(Array.from({ length: 400 }, () => `${prompt}${randomBytes(24).toString('hex')}`).join(''));
    await expect(gunzipOnce(gzipSync(body), 32 * MIB)).resolves.toHaveLength(body.length);
  });
});
