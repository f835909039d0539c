import { randomBytes } from 'node:crypto';
import { isLightningError, type LightningErrorCode } from '@agentlightning/core';
import { RequestRefusedError } from './request-refused-error.ts';

/** What an error becomes on the wire. */
export interface ErrorReply {
  readonly status: number;
  /** Value of the `x-agl-error` header. */
  readonly code: LightningErrorCode;
  readonly body: Readonly<Record<string, unknown>>;
  /** Seconds after which asking again makes sense. */
  readonly retryAfter?: number;
  /** Names the failure in reply and log, for those whose cause is not told to the client. */
  readonly errorId?: string;
}

const STATUS_OF_CODE: Partial<Record<LightningErrorCode, number>> = {
  NOT_FOUND: 404,
  CONFLICT: 409,
  STORE_READ_ONLY: 409,
  INVALID_ARGUMENT: 400,
  TEMPLATE_INVALID: 400,
  RESOURCES_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  // Upstream's client treats 429 as final: overload and closing are both 503 and told apart by their code.
  UNAVAILABLE: 503,
  STORE_CLOSING: 503,
  TIMEOUT: 504,
  RUN_UNREADABLE: 500,
};

const CODE_OF_STATUS: Readonly<Record<number, LightningErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  408: 'UNAVAILABLE',
  429: 'UNAUTHENTICATED',
  503: 'UNAVAILABLE',
};

/** Turns whatever a request ended in into its reply. Stacks and messages of defects stay on the server. */
export function errorReply(error: unknown): ErrorReply {
  if (error instanceof RequestRefusedError) {
    return refusal(error.status, { detail: error.detail }, error.code);
  }
  if (isLightningError(error)) {
    const status = STATUS_OF_CODE[error.code];
    if (status !== undefined) {
      return {
        status,
        code: error.code,
        body: { detail: error.message, code: error.code, details: error.details },
        ...(error.code === 'UNAVAILABLE' ? { retryAfter: 1 } : {}),
      };
    }
  }
  const refused = statusOfFastifyError(error);
  return refused === undefined ? defect(error) : refusal(refused.status, { detail: refused.message });
}

function refusal(
  status: number,
  body: Readonly<Record<string, unknown>>,
  code: LightningErrorCode = CODE_OF_STATUS[status] ?? 'INVALID_ARGUMENT',
): ErrorReply {
  return { status, code, body };
}

function statusOfFastifyError(error: unknown): { status: number; message: string } | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  if (error.statusCode < 400 || error.statusCode >= 500) return undefined;
  return { status: error.statusCode, message: error.message };
}

function defect(error: unknown): ErrorReply {
  const errorId = randomBytes(6).toString('hex');
  return {
    status: 500,
    code: 'INTERNAL',
    body: {
      detail: `Internal server error; the server's log has it under ${errorId}`,
      error_type: error instanceof Error ? error.name : typeof error,
      error_id: errorId,
    },
    errorId,
  };
}
