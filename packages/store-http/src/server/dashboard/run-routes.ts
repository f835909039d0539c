import { Readable } from 'node:stream';
import { LightningError, type Logger, toLightningError } from '@agentlightning/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { onConnectionLost } from '../connection.ts';
import type { ServerContext } from '../server-context.ts';
import type { Dashboard, DashboardEvent, DashboardRun } from './dashboard.ts';
import { eventStream } from './event-stream.ts';

/** What a run tells, to whoever has the token. */
const DATA_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Serves what is to be seen of a run besides its store; without a run, says that there is none. */
export function runRoutes(app: FastifyInstance, { run }: Dashboard, { closing, logger }: ServerContext): void {
  app.get('/v1/agl/run', async (_request, reply) => {
    const details = await theRun(run).details();
    return reply.headers(DATA_HEADERS).header('content-type', 'application/json').send(JSON.stringify(details));
  });

  app.get('/v1/agl/run/best-prompt', async (_request, reply) => {
    const text = await theRun(run).bestPrompt();
    if (text === undefined) throw new LightningError('NOT_FOUND', 'The run has no best prompt yet');
    return reply
      .headers(DATA_HEADERS)
      .header('content-type', 'application/json')
      .header('content-disposition', 'attachment; filename="best_prompt.json"')
      .send(text);
  });

  app.get('/v1/agl/run/events', async (request, reply) => {
    const shown = theRun(run);
    const ended = new AbortController();
    const stop = (): void => ended.abort();
    onConnectionLost(reply, stop);
    closing.addEventListener('abort', stop, { once: true });
    reply.raw.once('close', () => closing.removeEventListener('abort', stop));
    const events = logged(shown.events({ after: lastEventId(request), signal: ended.signal }), logger);
    return sendStream(reply, eventStream(events, ended.signal));
  });
}

function theRun(run: DashboardRun | undefined): DashboardRun {
  if (run === undefined) throw new LightningError('NOT_FOUND', 'No run is shown here, only a store');
  return run;
}

/** As browsers send it when they connect again by themselves, or in the query. */
function lastEventId({ headers, query }: FastifyRequest): string | undefined {
  const given = headers['last-event-id'] ?? (query as Readonly<Record<string, string | string[]>>)['last_event_id'];
  const id = Array.isArray(given) ? given.at(-1) : given;
  return id === '' ? undefined : id;
}

function sendStream(reply: FastifyReply, texts: AsyncIterable<string>): FastifyReply {
  return (
    reply
      .headers(DATA_HEADERS)
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('x-accel-buffering', 'no')
      // Nothing follows on this connection: a server that closes need not wait for it.
      .header('connection', 'close')
      .send(Readable.from(texts, { objectMode: false }))
  );
}

/** What ends the feed is in the log: the client is only cut off, and asks again. */
async function* logged(
  events: AsyncIterable<readonly DashboardEvent[]>,
  logger: Logger,
): AsyncGenerator<readonly DashboardEvent[]> {
  try {
    yield* events;
  } catch (error) {
    logger.error({ err: toLightningError(error) }, 'The events of the run cannot be read');
    throw error;
  }
}
