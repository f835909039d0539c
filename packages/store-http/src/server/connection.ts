import type { FastifyReply } from 'fastify';

/** Whether nobody is left to read the reply. */
export function isConnectionLost(reply: FastifyReply): boolean {
  return reply.raw.destroyed || reply.raw.socket?.destroyed === true;
}

/**
 * Calls `listener` if the connection ends before the whole reply has been handed to the operating system.
 * @returns a function that stops listening
 */
export function onConnectionLost(reply: FastifyReply, listener: () => void): () => void {
  const onClose = (): void => {
    if (!reply.raw.writableFinished) listener();
  };
  reply.raw.once('close', onClose);
  return () => void reply.raw.off('close', onClose);
}
