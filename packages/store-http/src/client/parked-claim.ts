import { randomBytes } from 'node:crypto';
import type { AttemptedRollout } from '@agentlightning/core';
import { cancelDequeue, dequeueRollouts } from '../operations.ts';
import type { DequeueBody } from '../wire/message-codecs.ts';
import type { HttpTransport } from './http-transport.ts';

/** A server that was told to end a poll gets this long to answer it. */
const CANCEL_GRACE_MS = 2_000;

/**
 * Asks for work once and may wait for it at the server. When `signal` is aborted the server is told to end the wait, and the reply is
 * still read: simply closing the connection could lose a claim that is on its way.
 * @returns what was claimed, possibly after the signal; the caller must not lose it
 */
export async function parkClaim(
  transport: HttpTransport,
  body: DequeueBody,
  signal: AbortSignal | undefined,
): Promise<AttemptedRollout[]> {
  const { waitMs = 0 } = body;
  if (waitMs === 0 || signal === undefined) return transport.exchange(dequeueRollouts, { body }, { waitMs });

  const pollId = randomBytes(8).toString('hex');
  const connection = new AbortController();
  const reply = transport.exchange(
    dequeueRollouts,
    { body: { ...body, pollId } },
    { waitMs, signal: connection.signal },
  );
  let deadline: NodeJS.Timeout | undefined;
  const end = (): void => {
    deadline = setTimeout(() => connection.abort(), CANCEL_GRACE_MS);
    // A server that cannot be told will not answer the poll in time either; the deadline sees to that.
    transport.exchange(cancelDequeue, { body: { pollId } }, { signal: connection.signal }).catch(() => {});
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    return await reply;
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', end);
  }
}
