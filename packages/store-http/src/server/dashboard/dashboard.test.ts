// The page and what it shows of a run, over real connections.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { recordingLogger, startServer } from '../../../test/running-server.ts';
import type { LightningStoreServer } from '../lightning-store-server.ts';
import type { Dashboard, DashboardEvent, DashboardEventsOptions, DashboardRun } from './dashboard.ts';

const text = (body: string): Uint8Array => Buffer.from(body);

const files: Dashboard['files'] = new Map([
  ['/', { contentType: 'text/html; charset=utf-8', cacheControl: 'no-cache', body: text('<p>page</p>'), encoded: {} }],
  [
    '/assets/page-abc.js',
    {
      contentType: 'text/javascript; charset=utf-8',
      cacheControl: 'public, max-age=31536000, immutable',
      body: text('plain'),
      encoded: { br: text('as br'), gzip: text('as gzip') },
    },
  ],
]);

const hostile = '</script><script>alert(1)</script>\u2028\u0000\n\r"\\';

function runOf(changes: Partial<DashboardRun> = {}): DashboardRun {
  return {
    details: async () => ({ runId: hostile }),
    bestPrompt: async () => `{"template": ${JSON.stringify(hostile)}}`,
    events: () => (async function* () {})(),
    ...changes,
  };
}

/** A feed that tests write to. */
class Feed {
  readonly asked: (string | undefined)[] = [];
  ended = 0;
  taken = 0;
  readonly #pieces: (readonly DashboardEvent[])[] = [];
  #wake: () => void = () => {};

  add(...events: DashboardEvent[]): void {
    this.#pieces.push(events);
    this.#wake();
  }

  readonly events = ({ after, signal }: DashboardEventsOptions): AsyncIterable<readonly DashboardEvent[]> => {
    this.asked.push(after);
    return this.#follow(signal);
  };

  async *#follow(signal: AbortSignal): AsyncGenerator<readonly DashboardEvent[]> {
    try {
      while (!signal.aborted) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          this.taken += 1;
          yield piece;
          continue;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    } finally {
      this.ended += 1;
      this.#wake();
    }
  }

  /** Resolves when the server has let go of the feed. */
  async whenEnded(): Promise<void> {
    while (this.ended === 0) await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}

async function open(
  server: LightningStoreServer,
  path: string,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const request = get(`${server.url}${path}`, { headers: { authorization: `Bearer ${server.token}`, ...headers } });
  onTestFinished(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response.setEncoding('utf8');
}

/** Reads until a text has come. */
async function readUntil(response: IncomingMessage, wanted: string): Promise<string> {
  let read = '';
  while (!read.includes(wanted)) {
    const part: unknown = response.read();
    if (typeof part === 'string') read += part;
    else await once(response, 'readable');
  }
  return read;
}

describe('the page', () => {
  it('is served to everybody, with headers that let it load nothing but its own files', async () => {
    const { server } = await startServer({ dashboard: { files } });
    for (const path of files.keys()) {
      const response = await fetch(`${server.url}${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(response.headers.get('cache-control')).toBe(files.get(path)?.cacheControl);
      expect(response.headers.get('content-type')).toBe(files.get(path)?.contentType);
      expect(response.headers.get('x-agl-process')).toBeNull();
      expect(response.headers.get('set-cookie')).toBeNull();
      await response.body?.cancel();
    }
  });

  it.each([
    ['br, gzip', 'br', 'as br'],
    ['gzip, deflate, br;q=0', 'gzip', 'as gzip'],
    ['GZIP;q=0.5', 'gzip', 'as gzip'],
    ['br;q=0, gzip;q=0.000', undefined, 'plain'],
    ['identity', undefined, 'plain'],
    ['brx', undefined, 'plain'],
    ['', undefined, 'plain'],
  ])('is compressed as a client takes it: %j', async (accepted, encoding, body) => {
    const { server } = await startServer({ dashboard: { files } });
    const response = await open(server, '/assets/page-abc.js', { 'accept-encoding': accepted });
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers['vary']).toContain('accept-encoding');
    expect(await readUntil(response, body)).toBe(body);
  });

  it('is not there unless the server was given one', async () => {
    const { send } = await startServer();
    expect(await send('GET', '/')).toMatchObject({ status: 404 });
    expect(await send('GET', '/v1/agl/run')).toMatchObject({ status: 404, body: { detail: 'Not Found' } });
  });

  it('is read, and takes nothing', async () => {
    const { send } = await startServer({ dashboard: { files } });
    for (const path of files.keys()) {
      for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
        const reply = await send(method, path);
        expect(reply).toMatchObject({ status: 405 });
        expect(reply.headers['allow']).toBe('GET');
      }
    }
  });

  it('is not served under a foreign Host', async () => {
    const { send } = await startServer({ dashboard: { files, run: runOf() } });
    for (const path of [...files.keys(), '/v1/agl/run', '/v1/agl/run/events', '/v1/agl/run/best-prompt']) {
      expect(await send('GET', path, undefined, { host: 'evil.example' })).toMatchObject({ status: 403 });
    }
  });

  it.each(['assets', '/a/:id', '/*', '/../x', '/a//b', '/v1/agl/health', '/a%2fb', '/.env', '/a?b'])(
    'cannot have a file at %j',
    async (path) => {
      const page = { files: new Map([[path, files.get('/')!]]) };
      await expect(startServer({ dashboard: page })).rejects.toThrow(
        `Cannot start the store server as 'dashboard.files' must have paths such as '/' and '/assets/page.js': current value is ${JSON.stringify(path)}`,
      );
    },
  );
});

describe('what is told of a run', () => {
  const paths = ['/v1/agl/run', '/v1/agl/run/events', '/v1/agl/run/best-prompt'];

  it('needs the token, and is not for pages of other origins', async () => {
    const { server, send } = await startServer({ dashboard: { files, run: runOf() } });
    for (const path of paths) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: `token=${server.token}` }]) {
        const response = await fetch(`${server.url}${path}?token=${server.token}`, {
          headers: headers as Record<string, string>,
        });
        expect(response.status).toBe(401);
        expect(await response.text()).not.toContain('alert');
      }
      const elsewhere = { origin: 'https://evil.example' };
      expect(await send('GET', path, undefined, elsewhere)).toMatchObject({ status: 403 });
    }
  });

  it('is JSON and nothing else, whatever is in it', async () => {
    const { server, send } = await startServer({ dashboard: { files, run: runOf() } });
    expect((await send('GET', '/v1/agl/run')).body).toEqual({ runId: hostile });
    const response = await open(server, '/v1/agl/run');
    expect(response.headers['content-type']).toMatch(/^application\/json\b/);
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('has the best prompt as a file to keep', async () => {
    const { server, send } = await startServer({ dashboard: { files, run: runOf() } });
    const response = await open(server, '/v1/agl/run/best-prompt');
    expect(response.headers['content-disposition']).toBe('attachment; filename="best_prompt.json"');
    expect(response.headers['content-type']).toMatch(/^application\/json\b/);
    expect((await send('GET', '/v1/agl/run/best-prompt')).body).toEqual({ template: hostile });
  });

  it('is 404 with the reason where there is no run, or no best prompt yet', async () => {
    const none = await startServer({ dashboard: { files } });
    for (const path of paths) {
      expect(await none.send('GET', path)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND', detail: 'No run is shown here, only a store' },
      });
    }
    const early = await startServer({ dashboard: { files, run: runOf({ bestPrompt: async () => undefined }) } });
    expect(await early.send('GET', '/v1/agl/run/best-prompt')).toMatchObject({
      status: 404,
      body: { detail: 'The run has no best prompt yet' },
    });
  });
});

describe('the feed of events', () => {
  it('sends what has happened and what happens, one event each with its id', async () => {
    const feed = new Feed();
    const { server } = await startServer({ dashboard: { files, run: runOf(feed) } });
    feed.add({ type: 'event', id: '1-a', data: JSON.stringify({ hostile }) }, { type: 'caught-up' });
    const response = await open(server, '/v1/agl/run/events');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    const first = await readUntil(response, 'caught-up\ndata: {}\n\n');
    expect(first).toContain(`id: 1-a\ndata: ${JSON.stringify({ hostile })}\n\n`);
    feed.add({ type: 'event', id: '2-b', data: '{"n":2}' });
    expect(await readUntil(response, '\n\n')).toBe('id: 2-b\ndata: {"n":2}\n\n');
  });

  it('goes on after the id that the client had last, from a header or the query', async () => {
    const feed = new Feed();
    const { server } = await startServer({ dashboard: { files, run: runOf(feed) } });
    await open(server, '/v1/agl/run/events', { 'last-event-id': '7-x' });
    await open(server, '/v1/agl/run/events?last_event_id=8-y');
    await open(server, '/v1/agl/run/events?last_event_id=8-y&last_event_id=9-z');
    await open(server, '/v1/agl/run/events?last_event_id=');
    await open(server, '/v1/agl/run/events');
    expect(feed.asked).toEqual(['7-x', '8-y', '9-z', undefined, undefined]);
  });

  it('lets go of the events when the client is gone', async () => {
    const feed = new Feed();
    const { server } = await startServer({ dashboard: { files, run: runOf(feed) } });
    const response = await open(server, '/v1/agl/run/events');
    await readUntil(response, 'connected');
    response.destroy();
    await feed.whenEnded();
  });

  it('ends when the server closes, without being cut off', async () => {
    const feed = new Feed();
    const { server } = await startServer({ dashboard: { files, run: runOf(feed) } });
    const response = await open(server, '/v1/agl/run/events');
    await readUntil(response, 'connected');
    // Rejects if the connection is cut off, as whatever is open a second later is.
    await Promise.all([once(response.resume(), 'end'), server.close()]);
    expect(response.complete).toBe(true);
    await feed.whenEnded();
  });

  it('takes no more events than a client that has stopped reading has room for', async () => {
    const feed = new Feed();
    const { server } = await startServer({ dashboard: { files, run: runOf(feed) } });
    const data = JSON.stringify('x'.repeat(100_000));
    // 400 MB in all.
    for (let n = 0; n < 4_000; n += 1) feed.add({ type: 'event', id: `${n}-x`, data });
    const response = await open(server, '/v1/agl/run/events');
    let before = -1;
    while (feed.taken > before) {
      before = feed.taken;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    // What the system keeps for a connection, at both ends, is a few megabytes.
    expect(feed.taken).toBeLessThan(200);
    await readUntil(response, 'id: 1-x');
    response.destroy();
    await feed.whenEnded();
  });

  it('is cut off by what the events fail with, which is in the log and not on the wire', async () => {
    const logger = recordingLogger();
    const failing = async function* (): AsyncGenerator<readonly DashboardEvent[]> {
      yield [{ type: 'event', id: '1-a', data: '{}' }];
      throw new Error('s3cret path');
    };
    const { server } = await startServer({ logger, dashboard: { files, run: runOf({ events: failing }) } });
    const response = await open(server, '/v1/agl/run/events');
    let read = '';
    response.on('data', (part: string) => {
      read += part;
    });
    await once(response, 'error');
    expect(read).toContain('id: 1-a');
    expect(read).not.toContain('s3cret');
    expect(logger.lines.join('\n')).toContain('The events of the run cannot be read');
  });
});
