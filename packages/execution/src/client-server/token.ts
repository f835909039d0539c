import { randomBytes } from 'node:crypto';

/** A token for one run: 256 random bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');
