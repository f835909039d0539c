import { failureOfStatus } from '@agentlightning/core';
import type { OpenAI } from 'openai';

/** Most bytes of a response that are read. The longest reply that is taken has less than a tenth of it. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** A response that came with status 200 and is no completion: cut off, a proxy's page, another's JSON, bytes that are no text. Another try may bring one. */
export class BrokenReplyError extends Error {
  override name = 'BrokenReplyError';
}

/** A response that has more bytes than are read. The same request would bring as many again. */
export class OversizedReplyError extends Error {
  override name = 'OversizedReplyError';
}

/**
 * Reads a chat completion.
 * @throws BrokenReplyError, OversizedReplyError; an error with a `status` for one that comes in a response of status 200; what reading the body throws
 */
export async function readCompletion(response: Response): Promise<OpenAI.ChatCompletion> {
  const value = parse(await readText(response));
  if (isCompletion(value)) return value;
  throw errorInBody(value) ?? new BrokenReplyError('The response is not a chat completion');
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (bytes > MAX_BODY_BYTES) throw new OversizedReplyError(`The response has more than ${MAX_BODY_BYTES} bytes`);
    text += decoded(() => decoder.decode(chunk, { stream: true }));
  }
  return text + decoded(() => decoder.decode());
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch (error) {
    throw new BrokenReplyError('The response has bytes that are no UTF-8', { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BrokenReplyError('The response is not a chat completion: it is no JSON', { cause: error });
  }
}

function isCompletion(value: unknown): value is OpenAI.ChatCompletion {
  return typeof value === 'object' && value !== null && 'choices' in value && Array.isArray(value.choices);
}

/** Some gateways answer 200 and put the error of the provider behind them into the body, its status as `code`. */
function errorInBody(value: unknown): Error | undefined {
  if (typeof value !== 'object' || value === null || !('error' in value)) return undefined;
  const { message, code } = (value.error ?? {}) as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' ? message : 'The response is an error without a message';
  const status = Number(code);
  const isKnown = status >= 400 && failureOfStatus(status, []) !== undefined;
  return isKnown ? Object.assign(new Error(text), { status }) : new BrokenReplyError(text);
}
