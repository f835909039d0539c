import { describe, expect, it } from 'vitest';
import { startServer } from '../../test/running-server.ts';
import { wireSpan } from '../../test/spans.ts';
import { FEATURES } from '../features.ts';

const base = '/v1/agl';

describe('every reply', () => {
  it('is JSON, lists the additions, and says null when there is nothing', async () => {
    const { send } = await startServer();
    const reply = await send('GET', `${base}/rollouts/unknown`);
    expect(reply).toMatchObject({ status: 200, body: null });
    expect(reply.headers['content-type']).toMatch(/^application\/json(;|$)/);
    expect(reply.headers['x-agl-features']).toBe(FEATURES.join(', '));
  });

  it.each(['/rollouts/x', '/rollouts/x/attempts/latest', '/workers/x', '/resources/x', '/resources/latest'])(
    'to GET %s is 200 null for what is unknown',
    async (path) => {
      const { send } = await startServer();
      expect(await send('GET', base + path)).toMatchObject({ status: 200, body: null });
    },
  );

  it.each(['/rollouts', '/rollouts/x/attempts', '/workers', '/resources', '/spans?rollout_id=x'])(
    'to GET %s is an empty page for what is unknown',
    async (path) => {
      const { send } = await startServer();
      expect(await send('GET', base + path)).toMatchObject({
        status: 200,
        body: { items: [], limit: -1, offset: 0, total: 0 },
      });
    },
  );

  it.each<[string, object]>([
    ['/rollouts/x', { status: 'failed' }],
    ['/rollouts/x/attempts', {}],
    ['/rollouts/x/attempts/latest', { status: 'failed' }],
    ['/spans', wireSpan({ rollout_id: 'x', attempt_id: 'y' })],
    ['/spans/batch', { spans: [wireSpan({ rollout_id: 'x', attempt_id: 'y' })] }],
  ])('to POST %s is 404 with a reason for what is unknown', async (path, body) => {
    const { send } = await startServer();
    const reply = await send('POST', base + path, body);
    expect(reply).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', detail: expect.stringMatching(/not found/i) },
    });
    expect(reply.headers['x-agl-error']).toBe('NOT_FOUND');
  });

  it('to an unknown path is 404, to a wrong method 405 with those that are right', async () => {
    const { send } = await startServer();
    expect(await send('GET', `${base}/nowhere`)).toMatchObject({ status: 404, body: { detail: 'Not Found' } });
    expect(await send('GET', `${base}/rollouts/`)).toMatchObject({ status: 404, body: { detail: 'Not Found' } });
    const reply = await send('DELETE', `${base}/rollouts/x`, 'not even JSON');
    expect(reply).toMatchObject({ status: 405, body: { detail: 'Method Not Allowed' } });
    expect(reply.headers['allow']).toBe('GET, POST');
    expect((await send('HEAD', `${base}/health`)).status).toBe(405);
    expect((await send('GET', `${base}/spans/search`)).headers['allow']).toBe('POST');
  });
});

describe('a request that does not fit', () => {
  it('is 422 with a list of what is wrong and where', async () => {
    const { send } = await startServer();
    const reply = await send('POST', `${base}/queues/rollouts/enqueue`, {
      rollouts: [{ mode: 'exam', resources_id: 3, config: { max_attempts: 0 } }],
    });
    expect(reply.status).toBe(422);
    expect(reply.body).toEqual({
      detail: [
        { type: 'missing', msg: 'Field required', loc: ['body', 'rollouts', 0, 'input'], input: null },
        {
          type: 'literal_error',
          msg: "Input should be 'train', 'val' or 'test'",
          loc: ['body', 'rollouts', 0, 'mode'],
          input: 'exam',
        },
        {
          type: 'string_type',
          msg: 'Input should be a valid string',
          loc: ['body', 'rollouts', 0, 'resources_id'],
          input: 3,
        },
        {
          type: 'greater_than_equal',
          msg: expect.any(String),
          loc: ['body', 'rollouts', 0, 'config', 'max_attempts'],
          input: 0,
        },
      ],
    });
  });

  it.each<[string, string, unknown]>([
    ['missing', `${base}/queues/rollouts/enqueue`, undefined],
    ['json_invalid', `${base}/queues/rollouts/enqueue`, '{"rollouts": [NaN]}'],
    ['missing', `${base}/rollouts/x/attempts/search`, undefined],
    ['missing', `${base}/spans`, {}],
    ['union_tag_not_found', `${base}/resources`, { p: { template: '' } }],
    ['union_tag_invalid', `${base}/resources`, { p: { resource_type: 'other' } }],
  ])('is %s for %s with body %j', async (type, path, body) => {
    const { send } = await startServer();
    const reply = await send('POST', path, body, { 'content-type': 'application/json' });
    expect(reply).toMatchObject({
      status: 422,
      body: { detail: [{ type, loc: expect.arrayContaining(['body']) }, ...anything(reply)] },
    });
  });

  it('and has many mistakes is told 20 of them, and nothing back of what it sent but scalars', async () => {
    const { send } = await startServer();
    const rollouts = [{ input: 1, mode: { secret: 's3cret' } }, ...Array(30).fill({ mode: 'exam' })];
    const { status, body } = await send('POST', `${base}/queues/rollouts/enqueue`, { rollouts });
    const { detail } = body as { detail: readonly unknown[] };
    expect({ status, problems: detail.length }).toEqual({ status: 422, problems: 20 });
    expect(detail[0]).toMatchObject({ loc: ['body', 'rollouts', 0, 'mode'], input: null });
    expect(JSON.stringify(detail)).not.toContain('s3cret');
  });

  it('names the query string as such', async () => {
    const { send } = await startServer();
    expect(await send('GET', `${base}/rollouts?limit=a`)).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'float_type', loc: ['query', 'limit'], input: 'a' }] },
    });
    expect(await send('GET', `${base}/rollouts?status_in=queuing,failed`)).toMatchObject({ status: 422 });
    expect(await send('GET', `${base}/spans`)).toMatchObject({ status: 422 });
  });

  it.each([
    ['{"rollouts":[{"input":"\xff"}]}', {}],
    ['{"rollouts":[]}', { 'content-encoding': 'gzip' }],
  ])('and cannot even be decoded is 400: %j %j', async (text, headers) => {
    const { send } = await startServer();
    const body = Buffer.from(text, 'latin1');
    const reply = await send('POST', `${base}/queues/rollouts/enqueue`, body, headers as Record<string, string>);
    expect(reply).toMatchObject({ status: 400, body: { detail: 'There was an error parsing the body' } });
  });

  it.each([
    ['sort_by=attempt', /^Invalid sort_by: attempt, allowed fields are: rollout_id, input, .*, metadata$/],
    ['sort_by=', /^Invalid sort_by: , /],
    ['limit=0', /^Limit must be greater than 0 or -1 for no limit$/],
    ['limit=-2', /^Limit must be greater than 0 or -1 for no limit$/],
    ['offset=-1', /^Offset must be greater than or equal to 0$/],
  ])('to query by %s is 400', async (query, detail) => {
    const { send } = await startServer();
    const reply = await send('GET', `${base}/rollouts?${query}`);
    expect(reply).toMatchObject({ status: 400, body: { detail: expect.stringMatching(detail) } });
    const body = Object.fromEntries(new URLSearchParams(query));
    expect(await send('POST', `${base}/rollouts/search`, body)).toMatchObject({ status: 400 });
  });

  it.each<[string, string]>([
    ['/rollouts/<id>', 'status'],
    ['/rollouts/<id>', 'config'],
    ['/rollouts/<id>/attempts/latest', 'status'],
    ['/rollouts/<id>/attempts/latest', 'worker_id'],
    ['/rollouts/<id>/attempts/latest', 'last_heartbeat_time'],
    ['/rollouts/<id>/attempts/latest', 'metadata'],
    ['/workers/<id>', 'heartbeat_stats'],
  ])('to POST %s with %s null is 400', async (path, key) => {
    const { store, send } = await startServer();
    const { rolloutId } = await store.startRollout({ input: 1 });
    const reply = await send('POST', base + path.replace('<id>', rolloutId), { [key]: null });
    expect(reply).toMatchObject({ status: 400, body: { detail: `${key} is invalid; it cannot be a null value.` } });
  });
});

describe('numbers', () => {
  it('may come as text, and text may not come as a number', async () => {
    const { send } = await startServer();
    const reply = await send('POST', `${base}/queues/rollouts/enqueue`, {
      rollouts: [{ input: '2', config: { max_attempts: '3', timeout_seconds: ' 9.5 ' } }],
    });
    expect(reply).toMatchObject({
      status: 201,
      body: [{ input: '2', config: { max_attempts: 3, timeout_seconds: 9.5 } }],
    });
    expect(await send('POST', `${base}/queues/rollouts/dequeue`, { limit: 1.5 })).toMatchObject({ status: 422 });
    expect(await send('POST', `${base}/queues/rollouts/dequeue`, { worker_id: 1 })).toMatchObject({ status: 422 });
  });

  it('in lists of span attributes are brought to one type', async () => {
    const { store, send } = await startServer();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const key = { rollout_id: rolloutId, attempt_id: attempt.attemptId };
    const attributes = { a: [1, '2'], b: [true, 2], c: ['yes', true], d: [], e: '2' };
    expect(await send('POST', `${base}/spans`, wireSpan(key, { attributes }))).toMatchObject({
      status: 201,
      body: { attributes: { a: [1, 2], b: [1, 2], c: [true, true], d: [], e: '2' } },
    });
    expect(await send('POST', `${base}/spans`, wireSpan(key, { attributes: { a: [1, 'x'] } }))).toMatchObject({
      status: 422,
    });
  });
});

describe('POST /queues/rollouts/dequeue', () => {
  it('needs no body, as upstream sends it', async () => {
    const { store, send } = await startServer();
    await store.enqueueRollout({ input: 1 });
    const headers = { 'content-type': 'application/octet-stream' };
    expect(await send('POST', `${base}/queues/rollouts/dequeue`, '', headers)).toMatchObject({
      status: 200,
      body: [{ status: 'preparing', attempt: { sequence_id: 1, worker_id: null } }],
    });
  });

  it('with limit 0 claims nothing and knows no worker', async () => {
    const { store, send } = await startServer();
    await store.enqueueRollout({ input: 1 });
    expect(await send('POST', `${base}/queues/rollouts/dequeue`, { limit: 0, worker_id: 'w' })).toMatchObject({
      body: [],
    });
    expect(await store.getWorkerById('w')).toBeUndefined();
  });

  it('with wait_ms answers as soon as there is work', async () => {
    const { store, send } = await startServer();
    const parked = send('POST', `${base}/queues/rollouts/dequeue`, { wait_ms: 20_000, worker_id: 'w' });
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    const { rolloutId } = await store.enqueueRollout({ input: 1 });
    expect(await parked).toMatchObject({ body: [{ rollout_id: rolloutId }] });
  });

  it('that is parked ends when it is cancelled by its id', async () => {
    const { store, send } = await startServer();
    const parked = send('POST', `${base}/queues/rollouts/dequeue`, { wait_ms: 20_000, worker_id: 'w', claim_id: 'p' });
    await expect.poll(() => store.getWorkerById('w')).toBeDefined();
    const cancel = () => send('POST', `${base}/queues/rollouts/dequeue/cancel`, { claim_id: 'p' });
    expect(await cancel()).toMatchObject({ body: { cancelled: true } });
    expect(await parked).toMatchObject({ status: 200, body: [] });
    expect(await cancel()).toMatchObject({ body: { cancelled: false } });
  });
});

describe('precedence of routes', () => {
  it('takes POST /resources/latest for a snapshot of that name, and GET /rollouts/search for a rollout', async () => {
    const { send } = await startServer();
    const resources = { p: { resource_type: 'prompt_template', template: 'x', engine: 'f-string' } };
    expect(await send('POST', `${base}/resources/latest`, resources)).toMatchObject({
      body: { resources_id: 'latest' },
    });
    expect(await send('POST', `${base}/resources/search`, resources)).toMatchObject({
      body: { resources_id: 'search' },
    });
    expect(await send('GET', `${base}/rollouts/search`)).toMatchObject({ status: 200, body: null });
  });
});

describe('a query string', () => {
  it('takes the last of a key that is repeated, but for lists, which it makes', async () => {
    const { store, send } = await startServer();
    await store.enqueueManyRollouts([{ input: 1 }, { input: 2 }, { input: 3 }]);
    const page = async (query: string) => (await send('GET', `${base}/rollouts?${query}`)).body;
    expect(await page('limit=x&limit=1&offset=0&offset=2')).toMatchObject({ limit: 1, offset: 2, total: 3 });
    expect(await page('status_in=failed')).toMatchObject({ total: 0 });
    expect(await page('status_in=failed&status_in=queuing')).toMatchObject({ total: 3 });
  });
});

describe('an id in a path', () => {
  it('has at most 512 characters', async () => {
    const { send } = await startServer();
    expect(await send('GET', `${base}/workers/${'x'.repeat(512)}`)).toMatchObject({ status: 200, body: null });
    expect(await send('GET', `${base}/workers/${'x'.repeat(513)}`)).toMatchObject({
      status: 414,
      body: { detail: 'An id in a URL has at most 512 characters' },
    });
  });
});

describe('a rollout without attempts', () => {
  it('has no key attempt, and every nullable key is there', async () => {
    const { send } = await startServer();
    const reply = await send('POST', `${base}/queues/rollouts/enqueue`, { rollouts: [{ input: null }] });
    const [{ rollout_id: id }] = reply.body as [{ rollout_id: string }];
    const { body } = await send('GET', `${base}/rollouts/${id}`);
    expect(body).toEqual({
      rollout_id: id,
      input: null,
      start_time: expect.any(Number),
      end_time: null,
      mode: null,
      resources_id: null,
      status: 'queuing',
      config: { timeout_seconds: null, unresponsive_seconds: null, max_attempts: 1, retry_condition: [] },
      metadata: {},
      priority: 0,
    });
  });
});

describe('POST /spans', () => {
  it('keeps unknown keys, answers the span, and null for one it has', async () => {
    const { store, send } = await startServer();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const sent = wireSpan(
      { rollout_id: rolloutId, attempt_id: attempt.attemptId },
      { kind: 'CLIENT', my_own: { a_b: 1 } },
    );
    expect(await send('POST', `${base}/spans`, sent)).toMatchObject({ status: 201, body: sent });
    expect(await send('POST', `${base}/spans`, sent)).toMatchObject({ status: 201, body: null });
  });

  it('drops unknown keys of its resource alone, and reads truth as leniently as numbers', async () => {
    const { store, send } = await startServer();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const context = { trace_id: 'a', span_id: 'b', is_remote: 'true', trace_state: {}, more: 1 };
    const resource = { attributes: {}, schema_url: '', more: 1 };
    const span = wireSpan({ rollout_id: rolloutId, attempt_id: attempt.attemptId }, { context, resource });
    const { status, body } = await send('POST', `${base}/spans`, span);
    expect(status).toBe(201);
    expect(body).toMatchObject({ context: { is_remote: true, more: 1 } });
    expect((body as { resource: unknown }).resource).toEqual({ attributes: {}, schema_url: '' });
  });

  it('in a batch are numbered on arrival and answered by index', async () => {
    const { store, send } = await startServer();
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const key = { rollout_id: rolloutId, attempt_id: attempt.attemptId };
    const numbered = (span_id: string, sequence_id: number | null) => wireSpan(key, { span_id, sequence_id });
    const spans = [numbered('a', null), numbered('a', null), numbered('b', 9), numbered('c', null)];
    expect(await send('POST', `${base}/spans/batch`, { spans })).toMatchObject({
      status: 201,
      body: { stored: [{ index: 0 }, { index: 2, sequence_id: 9 }, { index: 3 }] },
    });
    expect((await store.querySpans({ rolloutId })).total).toBe(3);
  });
});

describe('POST /rollouts/{id}/attempts/{id}', () => {
  it('tells what became of a late report', async () => {
    const { store, send } = await startServer();
    const { rolloutId } = await store.startRollout({ input: 1 });
    const path = `${base}/rollouts/${rolloutId}/attempts/latest`;
    const first = await send('POST', path, { status: 'failed' });
    expect(first).toMatchObject({ body: { status: 'failed', outcome: 'applied' } });
    expect(first.headers['x-agl-outcome']).toBe('applied');
    const late = await send('POST', path, { status: 'succeeded' });
    expect(late).toMatchObject({ status: 200, body: { status: 'failed', outcome: 'ignored-terminal' } });
    expect(late.headers['x-agl-outcome']).toBe('ignored-terminal');
  });
});

/** The rest of a list of problems, whatever it is. */
function anything(reply: { body: unknown }): unknown[] {
  return (reply.body as { detail: unknown[] }).detail.slice(1);
}
