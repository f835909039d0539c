import type { Rng } from '@agentlightning/core';

/** One request to a store. Ids in it are those of our server. */
export interface StoreRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** What is known of the rollout that a request may be about. */
export interface Subject {
  readonly rolloutId: string;
  /** Its latest attempt, if it has one. */
  readonly attemptId: string | undefined;
  /** Neither it nor that attempt has ended. Late reports are left out: there the servers differ on purpose. */
  readonly isLive: boolean;
  /** It waits in the queue. It stays there until it is claimed: what comes back goes to another place in each server, on purpose. */
  readonly isQueued: boolean;
}

/**
 * Draws requests as clients make them, and some that none should: wrong types, unknown names, values out of range.
 * Left out is what the servers answer differently on purpose.
 */
export class RandomRequests {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** @param recent - rollouts made lately, the newest last */
  next(subject: Subject, recent: readonly string[]): StoreRequest {
    const { rolloutId, isQueued } = subject;
    const attemptId = isQueued ? undefined : subject.attemptId;
    const isLive = subject.isLive && !isQueued;
    const rollout = `/v1/agl/rollouts/${rolloutId}`;
    const post = (path: string, body?: unknown): StoreRequest => ({ method: 'POST', path, body });
    const makers: (() => StoreRequest)[] = [
      () => post('/v1/agl/queues/rollouts/enqueue', { rollouts: [this.#soundRollout()] }),
      () => post('/v1/agl/queues/rollouts/enqueue', { rollouts: this.#some(2, () => this.#anyRollout()) }),
      () => post('/v1/agl/queues/rollouts/dequeue', this.#pick(CLAIMS)),
      () => post('/v1/agl/queues/rollouts/dequeue', this.#pick(CLAIMS)),
      () => post('/v1/agl/rollouts', { ...this.#anyRollout(), ...this.#key('worker_id', [undefined, null, 'w1', 3]) }),
      () => (isQueued ? { method: 'GET', path: rollout } : post(`${rollout}/attempts`, this.#pick(WORKERS))),
      () => post(rollout, this.#rolloutPatch(isLive)),
      () => (isLive && attemptId !== undefined ? this.#report(rollout, attemptId) : { method: 'GET', path: rollout }),
      () => (isLive && attemptId !== undefined ? this.#report(rollout, attemptId) : { method: 'GET', path: rollout }),
      () => ({ method: 'GET', path: `${rollout}/attempts?${this.#queryString(ATTEMPT_SORTS)}` }),
      () => post(`${rollout}/attempts/search`, { ...this.#key('sort_by', [null, ...ATTEMPT_SORTS]), ...this.#page() }),
      () => ({ method: 'GET', path: `${rollout}/attempts/latest` }),
      () => (attemptId === undefined ? { method: 'GET', path: rollout } : this.#span(rolloutId, attemptId)),
      () => (attemptId === undefined ? { method: 'GET', path: rollout } : this.#span(rolloutId, attemptId)),
      () => post('/v1/agl/spans/search', this.#spanQuery(rolloutId, attemptId)),
      () =>
        post('/v1/agl/spans/next', this.#pick([{ rollout_id: rolloutId, attempt_id: 'x' }, { rollout_id: rolloutId }])),
      () => post('/v1/agl/rollouts/search', this.#rolloutQuery(recent)),
      () => post(`/v1/agl/resources/${this.#pick(['own-1', 'own-2', 'latest'])}`, this.#pick(RESOURCES)),
      () => post('/v1/agl/resources', this.#pick(RESOURCES)),
      () => ({ method: 'GET', path: `/v1/agl/resources/${this.#pick(['own-1', 'own-2', 'latest', 'none'])}` }),
      () => ({ method: 'GET', path: `/v1/agl/resources?${this.#queryString(RESOURCES_SORTS)}` }),
      () => post('/v1/agl/waits/rollouts', { rollout_ids: [rolloutId, 'ro-none', ...recent.slice(-3)], timeout: 0 }),
    ];
    return this.#pick(makers)();
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#rng.int(items.length)] as T;
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#rng.int(most + 1) }, make);
  }

  /** A key with one of these values, or without it for `undefined`. */
  #key(name: string, values: readonly unknown[]): Record<string, unknown> {
    const value = this.#pick(values);
    return value === undefined ? {} : { [name]: value };
  }

  #soundRollout(): Record<string, unknown> {
    return {
      input: this.#pick(INPUTS),
      ...this.#key('mode', [undefined, null, 'val']),
      ...this.#key('config', SOUND_CONFIGS),
    };
  }

  #anyRollout(): Record<string, unknown> {
    if (this.#rng.int(2) === 0) return this.#soundRollout();
    return {
      ...this.#key('input', [undefined, ...INPUTS]),
      ...this.#key('mode', [undefined, 'train', 'bad']),
      ...this.#key('resources_id', [undefined, null, 'own-1', 'none', 5]),
      ...this.#key('config', [...SOUND_CONFIGS, ...OTHER_CONFIGS]),
      ...this.#key('metadata', METADATA),
    };
  }

  #rolloutPatch(isLive: boolean): Record<string, unknown> {
    return {
      ...this.#key('input', [undefined, undefined, ...INPUTS]),
      ...this.#key('mode', [undefined, null, 'val', 'bad']),
      ...this.#key('resources_id', [undefined, null, 'z']),
      ...this.#key('config', [undefined, undefined, null, { max_attempts: 4 }]),
      ...this.#key('metadata', METADATA),
      ...this.#key('status', isLive ? [undefined, undefined, null, 'bad', ...ROLLOUT_STATUSES] : [undefined]),
    };
  }

  #report(rollout: string, attemptId: string): StoreRequest {
    const body = {
      ...this.#key('status', [undefined, null, 'bad', ...ATTEMPT_STATUSES]),
      ...this.#key('worker_id', [undefined, undefined, 'w1', '', null]),
      ...this.#key('last_heartbeat_time', [undefined, 1_700_000_000.5, '1700000000', null]),
      ...this.#key('metadata', METADATA),
    };
    return { method: 'POST', path: `${rollout}/attempts/${this.#pick([attemptId, 'latest'])}`, body };
  }

  #span(rollout_id: string, attempt_id: string): StoreRequest {
    const body = {
      rollout_id,
      attempt_id,
      sequence_id: this.#pick([1, 2, 7, '3', '+4', '0x5', 0, 2.5, null]),
      trace_id: this.#pick(['t1', 't2']),
      span_id: `s${this.#rng.int(6)}`,
      parent_id: this.#pick([null, 'p1']),
      name: this.#pick(['n.a', 'n.b', 5]),
      status: this.#pick(SPAN_STATUSES),
      attributes: this.#pick([{}, { a: this.#pick(ATTRIBUTES) }, { a: this.#pick(ATTRIBUTES), b: 1 }]),
      events: this.#pick([
        [],
        [{ name: 'e', attributes: { a: 1 }, timestamp: 1.5 }],
        [{ name: 'e', attributes: {} }],
        [{ name: 'e' }],
      ]),
      links: this.#pick([[], [{ context: CONTEXT, attributes: null }], [{ context: CONTEXT }]]),
      start_time: this.#pick([null, 1_700_000_000, 0]),
      end_time: this.#pick([null, 1_700_000_002, '1700000002.5']),
      context: this.#pick([null, CONTEXT, { trace_id: 'a' }, { ...CONTEXT, is_remote: this.#pick(TRUTHS), more: 1 }]),
      parent: null,
      resource: this.#pick([
        { attributes: {}, schema_url: '' },
        { attributes: { r: 1 }, schema_url: 'u', more: 1 },
        { attributes: {} },
      ]),
      ...this.#key('more', [undefined, undefined, { a: [1] }]),
    };
    return { method: 'POST', path: '/v1/agl/spans', body };
  }

  #spanQuery(rollout_id: string, attempt_id: string | undefined): Record<string, unknown> {
    return {
      rollout_id,
      ...this.#key('attempt_id', [undefined, 'latest', attempt_id]),
      ...this.#key('trace_id', [undefined, undefined, 't1']),
      ...this.#key('name_contains', [undefined, undefined, '.a', 'N']),
      ...this.#key('parent_id_contains', [undefined, undefined, 'p']),
      ...this.#key('filter_logic', [undefined, 'and', 'xor']),
      ...this.#key('sort_by', [undefined, 'sequence_id', 'start_time', 'parent_id', 'name', 'span_id', 'bad']),
      ...this.#page(),
    };
  }

  #rolloutQuery(recent: readonly string[]): Record<string, unknown> {
    return {
      rollout_id_in: recent.slice(-1 - this.#rng.int(6)),
      ...this.#key('status_in', [undefined, null, [], ['queuing'], ['failed', 'running'], ['bad']]),
      ...this.#key('rollout_id_contains', [undefined, null, 'zzz', 'ro-']),
      ...this.#key('sort_by', [undefined, null, 'end_time', 'mode', 'status', 'attempt', '']),
      ...this.#page(),
    };
  }

  #page(): Record<string, unknown> {
    return {
      ...this.#key('limit', [undefined, -1, 1, 2, 5, 0, -2, '3', '1e1', ' 2 ']),
      ...this.#key('offset', [undefined, 0, 1, 2, -1]),
      ...this.#key('sort_order', [undefined, 'asc', 'desc', 'up']),
    };
  }

  #queryString(sorts: readonly (string | undefined)[]): string {
    const query = { ...this.#key('sort_by', sorts), ...this.#page() };
    return new URLSearchParams(query as Record<string, string>).toString();
  }
}

/** Back into the queue is left out, too. */
const ROLLOUT_STATUSES = ['preparing', 'running', 'failed', 'succeeded', 'cancelled'];
const ATTEMPT_STATUSES = ['preparing', 'running', 'failed', 'succeeded', 'unresponsive', 'timeout'];
const INPUTS = [1, 'text', null, true, [1, 'a', null], { a: { b: 1 } }, '', 1.5, {}, 'é\u0000'];
const METADATA = [undefined, null, {}, { k: { n: [1] } }, 'x', [1]];
const SOUND_CONFIGS = [
  undefined,
  { max_attempts: 3, retry_condition: ['failed', 'timeout'] },
  { max_attempts: 2, retry_condition: ['unresponsive'] },
];
const OTHER_CONFIGS = [
  { max_attempts: '2' },
  { max_attempts: 0 },
  { max_attempts: 1.5 },
  { max_attempts: null },
  { timeout_seconds: '1000', unresponsive_seconds: 2000.5, more: 1 },
  { timeout_seconds: '1_000.5', unresponsive_seconds: '2e3' },
  { timeout_seconds: '0x400' },
  { max_attempts: '1_0' },
  { max_attempts: '1e1' },
  { max_attempts: '2.0' },
  { max_attempts: true },
  { retry_condition: ['bad'] },
  { retry_condition: null },
];
const CLAIMS = [
  undefined,
  {},
  { limit: 2 },
  { limit: 1, worker_id: 'w1' },
  { limit: 0, worker_id: 'w1' },
  { limit: -1 },
  { limit: '2' },
  { limit: 1.5 },
  { limit: null },
  { worker_id: '' },
];
const WORKERS = [undefined, {}, { worker_id: 'w2' }, { worker_id: null }, { worker_id: 4 }];
const ATTEMPT_SORTS = [
  undefined,
  'sequence_id',
  'start_time',
  'worker_id',
  'status',
  'end_time',
  'last_heartbeat_time',
  'bad',
];
const RESOURCES_SORTS = [undefined, 'version', 'create_time', 'update_time', 'bad'];
const RESOURCES = [
  {},
  { p: { resource_type: 'prompt_template', template: 't', engine: 'f-string' } },
  { p: { resource_type: 'prompt_template', template: 't', engine: 'bad' } },
  { m: { resource_type: 'llm', endpoint: 'http://model.example', model: 'm', api_key: null, more: 1 } },
  { m: { resource_type: 'proxy_llm', endpoint: 'e', model: 'm', sampling_parameters: { t: 1 } } },
  { x: { resource_type: 'bad' } },
  { x: {} },
  { x: 5 },
];
const CONTEXT = { trace_id: 'a', span_id: 'b', is_remote: false, trace_state: { k: 'v' } };
const TRUTHS = [true, 'true', 'Off', 'y', 1, 0, 2, 'x', null];
const SPAN_STATUSES = [
  { status_code: 'OK', description: null },
  { status_code: 'ERROR', description: 'e', more: 1 },
  { status_code: 'OK' },
  { status_code: 'bad' },
];
const ATTRIBUTES = [
  1,
  'x',
  true,
  [1, 2],
  ['a'],
  [1, '2'],
  [true, 0],
  [],
  1.5,
  null,
  { a: 1 },
  [1, 'x'],
  [[1]],
  ['yes', true],
];
