import { createHash } from 'node:crypto';

/** 16 hex digits that name a text by its content. */
export function contentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
