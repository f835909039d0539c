import { hash } from 'node:crypto';

/**
 * Names a request body by its bytes: the first 16 hex digits of its SHA-256. Equal bodies are the same question, whoever asks.
 */
export function hashBody(body: string | Uint8Array): string {
  return hash('sha256', body, 'hex').slice(0, 16);
}
