import { isLightningError, type Rollout } from '@agentlightning/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { waitForRollouts } from '../../operations.ts';
import type { WaitBody } from '../../wire/message-codecs.ts';
import { onConnectionLost } from '../connection.ts';
import { addRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';

/** R28 */
export async function waitRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  addRoute(app, waitForRollouts, ({ body }, { reply }) => wait(context, body, reply), context);
}

/** Waits in the store for as long as somebody listens and the server is open. */
async function wait(
  { store, closing }: ServerContext,
  { rolloutIds, timeout = null, minDone }: WaitBody,
  reply: FastifyReply,
): Promise<Rollout[]> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const ignoreConnection = onConnectionLost(reply, stop);
  closing.addEventListener('abort', stop);
  try {
    return await store.waitForRollouts({
      rolloutIds,
      timeoutSeconds: timeout,
      signal: controller.signal,
      ...(minDone === undefined ? {} : { minDone }),
    });
  } catch (error) {
    if (closing.aborted && isLightningError(error, 'ABORTED')) throw closing.reason;
    throw error;
  } finally {
    closing.removeEventListener('abort', stop);
    ignoreConnection();
  }
}
