import { LIGHTNING_ERROR_CODES, LightningError, type LightningErrorCode } from '@agentlightning/core';
import { ERROR_CODE_HEADER } from '../features.ts';

/** The parts of an HTTP reply that say what went wrong. */
export interface FailedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as text. */
  readonly text: string;
}

const CODE_OF_STATUS: Readonly<Record<number, LightningErrorCode>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  409: 'CONFLICT',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
};

/**
 * The error that a reply stands for. Our server names its code; of others the status has to do. What says nothing about what exists
 * is `UNAVAILABLE`: an overloaded or broken server, and one that does not know the path.
 * @param call - what was asked, e.g. `Call 'updateRollout' of the store at http://127.0.0.1:4747`
 */
export function replyError(call: string, { status, headers, text }: FailedReply): LightningError {
  const body = parsed(text);
  const named = codeOf(headers[ERROR_CODE_HEADER]) ?? codeOf(body['code']);
  const code = named ?? (isUnknownId(status, body) ? 'NOT_FOUND' : (CODE_OF_STATUS[status] ?? 'UNAVAILABLE'));
  const retryAfterMs = waitOf(headers['retry-after']);
  // What the store itself said reads the same wherever the store is.
  const isOfStore = named !== undefined && typeof body['code'] === 'string' && typeof body['detail'] === 'string';
  const message = isOfStore ? String(body['detail']) : messageOf(call, status, body);
  return new LightningError(code === 'INTERNAL' ? 'UNAVAILABLE' : code, message, {
    details: {
      ...(isRecord(body['details']) ? body['details'] : {}),
      status,
      ...(Array.isArray(body['detail']) ? { problems: body['detail'] } : {}),
      ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
    },
  });
}

/** What `Retry-After` asks for, in milliseconds from now: it is seconds or, from some proxies, a date. NaN if it is neither. */
function waitOf(retryAfter: unknown): number {
  if (typeof retryAfter !== 'string') return Number.NaN;
  const seconds = Number(retryAfter);
  return Number.isNaN(seconds) ? Math.max(0, Date.parse(retryAfter) - Date.now()) : seconds * 1000;
}

/** How upstream's server says that a rollout or attempt does not exist; its store raises no other ValueError. */
function isUnknownId(status: number, body: Readonly<Record<string, unknown>>): boolean {
  return status === 500 && body['error_type'] === 'ValueError';
}

function codeOf(name: unknown): LightningErrorCode | undefined {
  return LIGHTNING_ERROR_CODES.find((code) => code === name);
}

function messageOf(call: string, status: number, body: Readonly<Record<string, unknown>>): string {
  const { detail } = body;
  const reason =
    typeof detail === 'string' ? detail : Array.isArray(detail) ? problemsOf(detail) : 'no reason was given';
  return `${call} failed: ${reason} (status ${status})`;
}

function problemsOf(detail: readonly unknown[]): string {
  const problems = detail.filter(isRecord).map(({ loc, msg }) => `${String([loc].flat().join('.'))}: ${String(msg)}`);
  return problems.slice(0, 3).join('; ');
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    // Whatever a proxy in between answered is not for programs.
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
