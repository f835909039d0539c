import fc from 'fast-check';
import { LLM } from '../../resource/llm.ts';
import { PromptTemplate } from '../../resource/prompt-template.ts';
import { ATTEMPT_STATUSES } from '../../rollout/attempt.ts';
import { ROLLOUT_MODES, ROLLOUT_STATUSES } from '../../rollout/rollout.ts';
import { WORKER_STATUSES } from '../../rollout/worker.ts';
import { SPAN_STATUS_CODES } from '../../span/span.ts';

const anyTime = fc.double({ min: 0, max: 4e9, noNaN: true }).map((time) => time + 0);
const hostileKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'snake_key',
  'camelKey',
  '',
  'a.b',
);
/**
 * Without backslashes: where an object with the key `\` has been parsed before, `JSON.parse` of Node 24 (V8 13.6) takes the key `"` of the next one for it, as
 * both begin alike in the text. Nothing of ours can mend that, and no test is to depend on it. So there is no key of one letter that is escaped, either.
 */
const withoutBackslash = (value: unknown): boolean =>
  !/\\\\|"\\(?:u[0-9a-f]{4}|.)":/.test(JSON.stringify(typeof value === 'string' ? { [value]: 0 } : value));
const anyValue = fc.jsonValue().filter(withoutBackslash);
/** JSON, with keys that objects inherit. */
export const anyJson = fc.oneof(
  anyValue,
  fc.array(fc.tuple(hostileKey, anyValue)).map((entries) => Object.fromEntries(entries)),
) as fc.Arbitrary<unknown>;
/** zod drops a key `__proto__` of a record, which is as good as any other way to be safe from it. */
const anyRecord = fc
  .array(fc.tuple(fc.oneof(hostileKey, fc.string().filter(withoutBackslash)), anyJson))
  .map((entries) => Object.fromEntries(entries.filter(([key]) => key !== '__proto__')));
const anyId = fc.string();
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** An attempt of any content. */
export const anyAttempt = fc.record({
  rolloutId: anyId,
  attemptId: anyId,
  sequenceId: fc.nat(),
  startTime: anyTime,
  endTime: orNull(anyTime),
  status: fc.constantFrom(...ATTEMPT_STATUSES),
  workerId: orNull(anyId),
  lastHeartbeatTime: orNull(anyTime),
  metadata: orNull(anyRecord),
});
/** A rollout of any content, keys that objects inherit among those of user data. */
export const anyRollout = fc.record({
  rolloutId: anyId,
  input: anyJson,
  startTime: anyTime,
  endTime: orNull(anyTime),
  mode: orNull(fc.constantFrom(...ROLLOUT_MODES)),
  resourcesId: orNull(anyId),
  status: fc.constantFrom(...ROLLOUT_STATUSES),
  config: fc.record({
    timeoutSeconds: orNull(fc.double({ min: 0.001, max: 1e6, noNaN: true })),
    unresponsiveSeconds: orNull(fc.double({ min: 0.001, max: 1e6, noNaN: true })),
    maxAttempts: fc.integer({ min: 1, max: 10 }),
    retryCondition: fc.array(fc.constantFrom(...ATTEMPT_STATUSES)),
  }),
  metadata: orNull(anyRecord),
  priority: fc.integer(),
});
/** A worker of any content. */
export const anyWorker = fc.record({
  workerId: anyId,
  status: fc.constantFrom(...WORKER_STATUSES),
  heartbeatStats: orNull(anyRecord),
  lastHeartbeatTime: orNull(anyTime),
  lastDequeueTime: orNull(anyTime),
  lastBusyTime: orNull(anyTime),
  lastIdleTime: orNull(anyTime),
  currentRolloutId: orNull(anyId),
  currentAttemptId: orNull(anyId),
});
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const anyAttributes = fc
  .array(
    fc.tuple(
      fc.oneof(hostileKey, fc.string()),
      fc.oneof(
        fc.string(),
        fc.boolean(),
        anyNumber,
        fc.array(fc.string()),
        fc.array(fc.boolean()),
        fc.array(anyNumber),
      ),
    ),
  )
  .map((entries) => Object.fromEntries(entries.filter(([key]) => key !== '__proto__')));
const anyContext = fc.record({
  traceId: anyId,
  spanId: anyId,
  isRemote: fc.boolean(),
  traceState: fc.constantFrom({}, { trace_id: 'x', traceId: 'y' }),
});
/** A span of any content, with keys that are no fields. */
export const anySpan = fc.record({
  rolloutId: anyId,
  attemptId: anyId,
  sequenceId: fc.nat(),
  traceId: anyId,
  spanId: anyId,
  parentId: orNull(anyId),
  name: fc.string(),
  status: fc.record({ statusCode: fc.constantFrom(...SPAN_STATUS_CODES), description: orNull(fc.string()) }),
  attributes: anyAttributes,
  events: fc.array(fc.record({ name: fc.string(), attributes: anyAttributes, timestamp: orNull(anyTime) })),
  links: fc.array(fc.record({ context: anyContext, attributes: orNull(anyAttributes) })),
  startTime: orNull(anyTime),
  endTime: orNull(anyTime),
  context: orNull(anyContext),
  parent: orNull(anyContext),
  resource: fc.record({ attributes: anyAttributes, schemaUrl: fc.string() }),
  some_extra: anyJson,
  otherExtra: anyJson,
});
/** A snapshot of resources. */
export const anyResources = fc.record({
  resourcesId: anyId,
  createTime: anyTime,
  updateTime: anyTime,
  version: fc.nat(),
  resources: fc.constantFrom(
    {},
    { prompt_template: new PromptTemplate({ template: 'Hi {a}', engine: 'f-string' }) },
    {
      camelName: new LLM({ endpoint: 'http://x/v1', model: 'm', apiKey: 'k', samplingParameters: { a_b: 1, cD: [] } }),
    },
  ),
});
