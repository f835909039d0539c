import { LightningError } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { errorReply } from './error-reply.ts';

/** What is told to the client as it is; anything else is a failure of the server. */
const STATUSES = {
  NOT_FOUND: 404,
  CONFLICT: 409,
  STORE_READ_ONLY: 409,
  INVALID_ARGUMENT: 400,
  TEMPLATE_INVALID: 400,
  RESOURCES_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  UNAVAILABLE: 503,
  STORE_CLOSING: 503,
  TIMEOUT: 504,
  RUN_UNREADABLE: 500,
} as const;

describe('errorReply()', () => {
  it.each(Object.entries(STATUSES))('answers %s with %i, its words and its details', (code, status) => {
    const error = new LightningError(code as keyof typeof STATUSES, 'What is wrong', { details: { a: 1 } });
    expect(errorReply(error)).toMatchObject({
      status,
      code,
      body: { detail: 'What is wrong', code, details: { a: 1 } },
    });
  });

  it.each(['STORE_UNREADABLE', 'INTERNAL'] as const)('keeps the words of %s to the server', (code) => {
    const { status, body, errorId } = errorReply(new LightningError(code, 'What is wrong at /home/somebody'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('somebody');
    expect(body['error_id']).toBe(errorId);
  });
});
