// Whatever is sent, to whatever route: the mistake is the client's, and the server says so and goes on.
import { systemClock } from '@agentlightning/core';
import { testSeed } from '@agentlightning/core/testing';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memory, sqlite } from '../../test/backends.ts';
import { recordingLogger, startServer } from '../../test/running-server.ts';
import { wireSpan } from '../../test/spans.ts';
import type { Operation } from '../operation.ts';
import * as operationTable from '../operations.ts';

const operations: readonly Operation[] = Object.values(operationTable);

const key = { rollout_id: 'ro-a', attempt_id: 'at-a' };
const page = { sort_by: 'status', sort_order: 'desc', limit: 2, offset: 1, filter_logic: 'or' };
const config = { timeout_seconds: 60, unresponsive_seconds: 30, max_attempts: 3, retry_condition: ['failed'] };
const rollout = { input: { a: [1] }, mode: 'val', resources_id: 'own', config, metadata: { k: 'v' }, priority: 1 };
const report = { status: 'running', worker_id: 'w', last_heartbeat_time: 1, metadata: { error: 'e' } };
const resources = {
  prompt: { resource_type: 'prompt_template', template: 'Hi {a}', engine: 'f-string' },
  model: { resource_type: 'llm', endpoint: 'http://m', model: 'm', api_key: 'k', sampling_parameters: { t: 1 } },
};
const rollouts = {
  ...page,
  status_in: ['queuing', 'running'],
  rollout_id_in: ['ro-a', 'ro-b'],
  rollout_id_contains: 'ro',
  mode_in: ['val'],
  resources_id_in: ['own'],
  metadata_in: ['k=v'],
  error_contains: 'e',
};
const spans = {
  ...page,
  sort_by: 'name',
  rollout_id: 'ro-a',
  attempt_id: 'latest',
  name_contains: 'n',
  parent_id: 'p',
};
const workers = { ...page, status_in: ['idle'], worker_id_contains: 'w' };

/** A sound body, or query, of each operation that takes one. */
const SOUND: Readonly<Record<string, object>> = {
  enqueueRollouts: { rollouts: [{ ...rollout, rollout_id: 'ro-a' }, rollout] },
  dequeueRollouts: { limit: 2, worker_id: 'w', wait_ms: 1, claim_id: 'c' },
  cancelDequeue: { claim_id: 'c' },
  startRollout: { ...rollout, rollout_id: 'ro-b', worker_id: 'w' },
  listRollouts: rollouts,
  searchRollouts: rollouts,
  rolloutRewards: { rollout_ids: ['ro-a', 'ro-b'] },
  updateRollout: { ...rollout, status: 'requeuing' },
  startAttempt: { worker_id: 'w', attempt_id: 'at-a' },
  listAttempts: page,
  searchAttempts: page,
  updateAttempt: report,
  updateAttempts: { reports: [{ ...key, patch: report, spans: [wireSpan(key)] }] },
  listWorkers: workers,
  searchWorkers: workers,
  updateWorker: { heartbeat_stats: { load: 1 }, attempts: [key] },
  listResources: { ...page, sort_by: 'version', resources_id: 'own', resources_id_contains: 'o' },
  addResources: resources,
  updateResources: resources,
  addSpan: wireSpan(key),
  addSpans: { spans: [wireSpan(key), wireSpan(key)] },
  listSpans: spans,
  searchSpans: spans,
  nextSequenceId: key,
  nextSequenceIds: { requests: [key, key] },
  waitForRollouts: { rollout_ids: ['ro-a'], timeout: 0, min_done: 1 },
};

/** JSON texts at which something might trip. */
const AWKWARD = [
  ...['null', 'true', '0', '-0', '-1', '1.5', '1e308', '1e999', '5e-324', '9007199254740993', '-9223372036854775809'],
  ...[
    '""',
    '"-0"',
    '"1e999"',
    '" 2 "',
    '"yes"',
    '"latest"',
    '"search"',
    '"at-a"',
    '"a/b"',
    '"\\u0000"',
    '"\\ud800"',
    '"%_"',
  ],
  ...[
    '[]',
    '[null]',
    '[[1]]',
    '["failed",1]',
    '{}',
    '{"a":null}',
    '{"prototype":{}}',
    '{"toString":1,"constructor":2}',
  ],
  ...[`"${'x'.repeat(5_000)}"`, `${'['.repeat(99)}${']'.repeat(99)}`],
];

/** A text without what JSON has: a value that is to be replaced. */
const HOLE = '\u241f';

/** A sound value with one part replaced, or left out, or, for one in a few, as it is. */
const spoilt = (value: object, draw: number, text: string | undefined): string => {
  const at = draw % (partsOf(value) + 1);
  let count = 0;
  const spoil = (part: unknown): unknown => {
    count += 1;
    if (count === at) return text === undefined ? undefined : HOLE;
    if (Array.isArray(part)) return part.map(spoil).filter((item) => item !== undefined);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(Object.entries(part).map(([name, item]) => [name, spoil(item)]));
  };
  return (JSON.stringify(spoil(value)) ?? '').replace(JSON.stringify(HOLE), () => text ?? '');
};

function partsOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 1;
  return Object.values(value).reduce((sum: number, part) => sum + partsOf(part), 1);
}

const inUrl = fc.constantFrom(
  'ro-a',
  'ro-b',
  'at-a',
  'latest',
  'own',
  'w',
  'none',
  '%00',
  'a%2Fb',
  '%F0%9F%98%80',
  '..',
  '%',
);

const anyRequest = fc.record({
  operation: fc.constantFrom(...operations),
  ids: fc.tuple(inUrl, inUrl),
  draw: fc.nat(),
  text: fc.option(fc.constantFrom(...AWKWARD), { nil: undefined }),
  headers: fc.record(
    { 'idempotency-key': fc.constantFrom('k', 'l', 'x y'), 'x-agl-strict': fc.constantFrom('1', '0') },
    { requiredKeys: [] },
  ),
});

const seed = testSeed('the random requests');

describe('a request with something wrong in it', () => {
  it('is tried on every operation that takes anything', () => {
    const takes = operations.filter(
      ({ body, query, name }) => (body ?? query) !== undefined && name !== 'countResources',
    );
    expect(Object.keys(SOUND).sort()).toEqual([...new Set(takes.map(({ name }) => name))].sort());
  });

  it.each([
    ['memory', memory],
    ['a file', sqlite],
  ])('is answered as the mistake it is, around a store in %s', async (_, backend) => {
    const opened = await backend.open({ clock: systemClock });
    onTestFinished(() => opened.dispose?.());
    const logger = recordingLogger();
    const { send } = await startServer({ store: opened.store, logger });
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ operation: { name, method, path }, ids, draw, text, headers }) => {
        const sound = SOUND[name];
        const sent = sound === undefined ? '' : spoilt(sound, draw, text);
        fc.pre(!isHeldBack(name, sent));
        const url = path.replace(/:\w+/, ids[0]).replace(/:\w+/, ids[1]);
        const reply =
          method === 'GET'
            ? await send('GET', `${url}?${queryOf(sent)}`)
            : await send('POST', url, sent, { 'content-type': 'application/json', ...headers });
        const { status, body } = reply;
        expect(status, JSON.stringify(body)).toBeLessThan(500);
        expect(body === null || typeof body === 'object').toBe(true);
        if (status >= 400) expect(body).toHaveProperty('detail');
      }),
      { numRuns: 800, seed },
    );
    expect(logger.lines).toEqual([]);
    expect(await send('GET', '/v1/agl/statistics')).toMatchObject({ status: 200 });
  });
});

/** Whether a server answers a request, if it takes it, only after a while. */
function isHeldBack(name: string, sent: string): boolean {
  const value = readable(sent) as { readonly wait_ms?: unknown; readonly timeout?: unknown } | null | undefined;
  if (typeof value !== 'object' || value === null) return false;
  if (name === 'dequeueRollouts') return numberOf(value.wait_ms) > 1_000;
  return name === 'waitForRollouts' && numberOf(value.timeout ?? Infinity) >= 1;
}

/** What a server may take it for; NaN for what it refuses. */
function numberOf(value: unknown): number {
  return typeof value === 'object' ? Number.NaN : Number(value);
}

/** What was to be JSON as a query string, no longer than a server reads; what is no object as a key. */
function queryOf(text: string): string {
  const value = readable(text);
  if (typeof value !== 'object' || value === null) return encodeURIComponent(text.slice(0, 2_000));
  const pairs = Object.entries(value).flatMap(([name, part]) =>
    [part].flat().map((item) => [name, typeof item === 'string' ? item : JSON.stringify(item)] as [string, string]),
  );
  return new URLSearchParams(pairs).toString();
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
