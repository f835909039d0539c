import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header carries the key. Without a key to compare with, everyone may in. */
export function isAuthorized(header: string | undefined, apiKey: string | undefined): boolean {
  // Digests have one length, so the comparison takes one time whatever was sent.
  return apiKey === undefined || timingSafeEqual(digest(header ?? ''), digest(`Bearer ${apiKey}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
