import { timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header carries the key. Without a key to compare with, everyone may in. */
export function isAuthorized(header: string | undefined, apiKey: string | undefined): boolean {
  if (apiKey === undefined) return true;
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${apiKey}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
