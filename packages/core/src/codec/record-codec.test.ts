import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LLM } from '../resource/llm.ts';
import { PromptTemplate } from '../resource/prompt-template.ts';
import { ProxyLLM } from '../resource/proxy-llm.ts';
import { recordCodec } from './record-codec.ts';
import {
  attemptCodec,
  attemptedRolloutCodec,
  enqueueRolloutRequestCodec,
  resourcesUpdateCodec,
  rolloutCodec,
  rolloutMaybeAttemptedCodec,
  spanCodec,
  spanInputCodec,
  workerCodec,
} from './records.ts';
import { anyAttempt, anyResources, anyRollout, anySpan, anyWorker } from './test-data/any-record.ts';

/** What arrives on the other side. */
const sent = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const rolloutOnWire = {
  rollout_id: 'ro-5be01c77a2f9',
  input: { question: '6*7', camelCase: { snake_case: 1 } },
  start_time: 1761500000.25,
  end_time: null,
  mode: 'train',
  resources_id: 'rs-0c4ad19e77b1',
  status: 'queuing',
  config: { timeout_seconds: 90, unresponsive_seconds: null, max_attempts: 3, retry_condition: ['timeout', 'failed'] },
  metadata: { epoch: 2, camelCase: 1, snake_case: 2 },
};

const attemptOnWire = {
  rollout_id: 'ro-5be01c77a2f9',
  attempt_id: 'at-3f9c20de',
  sequence_id: 1,
  start_time: 1761500004.5,
  end_time: null,
  status: 'preparing',
  worker_id: 'Worker-0',
  last_heartbeat_time: null,
  metadata: null,
};

const context = {
  trace_id: '8f14e45fceea167a5a36dedd4bea2543',
  span_id: 'c9f0f895fb98ab91',
  is_remote: false,
  trace_state: { vendorKey: 'a', vendor_key: 'b' },
};

const spanOnWire = {
  rollout_id: 'ro-5be01c77a2f9',
  attempt_id: 'at-3f9c20de',
  sequence_id: 4,
  trace_id: context.trace_id,
  span_id: context.span_id,
  parent_id: null,
  name: 'agentlightning.annotation',
  status: { status_code: 'OK', description: null },
  attributes: { 'agentlightning.reward.0.name': 'primary', 'agentlightning.reward.0.value': 0.75, camelCase: [true] },
  events: [{ name: 'e', attributes: { some_key: 1, someKey: 2 }, timestamp: 1.5 }],
  links: [{ context, attributes: null }],
  start_time: 1761500030.5,
  end_time: 1761500030.5,
  context,
  parent: null,
  resource: { attributes: { 'service.name': 'x' }, schema_url: '' },
};

const workerOnWire = {
  worker_id: 'Worker-0',
  status: 'busy',
  heartbeat_stats: { cpu_usage_pct: 12.5, memPct: 40.1 },
  last_heartbeat_time: 1761500010,
  last_dequeue_time: 1761500004.5,
  last_busy_time: 1761500004.5,
  last_idle_time: null,
  current_rollout_id: 'ro-5be01c77a2f9',
  current_attempt_id: 'at-3f9c20de',
};

const resourcesOnWire = {
  resources_id: 'rs-0c4ad19e77b1',
  create_time: 1761499990,
  update_time: 1761499990,
  version: 1,
  resources: {
    main_llm: {
      resource_type: 'proxy_llm',
      endpoint: 'http://proxy.example:8090/v1',
      model: 'policy',
      api_key: null,
      sampling_parameters: { topK: 1, top_p: 0.5 },
    },
    sys: { resource_type: 'prompt_template', template: 'Answer {topic}.', engine: 'f-string' },
  },
};

describe('wire forms', () => {
  it("a rollout has upstream's keys, in its order, and our priority", () => {
    const rollout = rolloutCodec.parse(rolloutOnWire);
    expect(rollout).toMatchObject({ rolloutId: 'ro-5be01c77a2f9', startTime: 1761500000.25, priority: 0 });
    expect(rollout.config).toEqual({
      timeoutSeconds: 90,
      unresponsiveSeconds: null,
      maxAttempts: 3,
      retryCondition: ['timeout', 'failed'],
    });
    const encoded = rolloutCodec.encode(rollout) as object;
    expect(encoded).toEqual({ ...rolloutOnWire, priority: 0 });
    expect(Object.keys(encoded)).toEqual([...Object.keys(rolloutOnWire), 'priority']);
  });

  it('an attempted rollout carries its attempt as the last key', () => {
    const wire = { ...rolloutOnWire, attempt: attemptOnWire };
    const claimed = attemptedRolloutCodec.parse(wire);
    expect(claimed.attempt).toMatchObject({ attemptId: 'at-3f9c20de', sequenceId: 1, lastHeartbeatTime: null });
    const encoded = attemptedRolloutCodec.encode(claimed) as object;
    expect(encoded).toEqual({ ...wire, priority: 0 });
    expect(Object.keys(encoded).at(-1)).toBe('attempt');
  });

  it('a rollout without attempts has no key `attempt` in either form', () => {
    const rollout = rolloutMaybeAttemptedCodec.parse(rolloutOnWire);
    expect(Object.hasOwn(rollout, 'attempt')).toBe(false);
    expect(Object.hasOwn(rolloutMaybeAttemptedCodec.encode(rollout) as object, 'attempt')).toBe(false);
    expect(rolloutMaybeAttemptedCodec.parse({ ...rolloutOnWire, attempt: attemptOnWire }).attempt?.sequenceId).toBe(1);
  });

  it.each([
    ['attempt', attemptCodec, attemptOnWire],
    ['span', spanCodec, spanOnWire],
    ['worker', workerCodec, workerOnWire],
    ['resources', resourcesUpdateCodec, resourcesOnWire],
  ] as const)('%s: what is parsed is written as it was, keys in the same order', (_, codec, wire) => {
    const parsed = codec.parse(sent(wire));
    expect(JSON.stringify(codec.encode(parsed as never))).toBe(JSON.stringify(wire));
  });

  it('resources become instances, and user data keeps its keys', () => {
    const { resources } = resourcesUpdateCodec.parse(resourcesOnWire);
    expect(resources['sys']).toBeInstanceOf(PromptTemplate);
    expect(resources['main_llm']).toBeInstanceOf(ProxyLLM);
    expect((resources['main_llm'] as LLM).samplingParameters).toEqual({ topK: 1, top_p: 0.5 });
    expect(spanCodec.parse(spanOnWire)).toMatchObject({
      attributes: { camelCase: [true] },
      events: [{ attributes: { some_key: 1, someKey: 2 } }],
      links: [{ context: { traceState: { vendorKey: 'a', vendor_key: 'b' } } }],
    });
  });

  it("what a peer leaves out gets upstream's default", () => {
    const rollout = rolloutCodec.parse({ rollout_id: 'ro-1', input: null, start_time: 1 });
    expect(rollout).toEqual({
      rolloutId: 'ro-1',
      input: null,
      startTime: 1,
      endTime: null,
      mode: null,
      resourcesId: null,
      status: 'queuing',
      config: { timeoutSeconds: null, unresponsiveSeconds: null, maxAttempts: 1, retryCondition: [] },
      metadata: null,
      priority: 0,
    });
    const another = rolloutCodec.parse({ rollout_id: 'ro-2', input: null, start_time: 1 });
    expect(another.config.retryCondition, 'defaults are not shared').not.toBe(rollout.config.retryCondition);
    expect(enqueueRolloutRequestCodec.parse({ input: 1 })).toEqual({
      input: 1,
      mode: null,
      resourcesId: null,
      config: null,
      metadata: null,
      priority: 0,
    });
    expect(enqueueRolloutRequestCodec.parse({ input: 1, config: { max_attempts: 2 } }).config).toMatchObject({
      maxAttempts: 2,
      timeoutSeconds: null,
    });
  });

  it.each([
    ['a missing input', rolloutCodec, { rollout_id: 'ro-1', start_time: 1 }],
    ['an unknown status', rolloutCodec, { ...rolloutOnWire, status: 'done' }],
    ['zero attempts', rolloutCodec, { ...rolloutOnWire, config: { max_attempts: 0 } }],
    ['camelCase keys', attemptCodec, { rolloutId: 'ro-1', attemptId: 'at-1', sequenceId: 1, startTime: 1 }],
    ['a null attempt', rolloutMaybeAttemptedCodec, { ...rolloutOnWire, attempt: null }],
    ['a nested attribute', spanCodec, { ...spanOnWire, attributes: { a: { b: 1 } } }],
    ['a null attribute', spanCodec, { ...spanOnWire, attributes: { a: null } }],
    ['an event without attributes', spanCodec, { ...spanOnWire, events: [{ name: 'e' }] }],
    ['a resource without a schema', spanCodec, { ...spanOnWire, resource: { attributes: {} } }],
    ['a span without its number', spanCodec, { ...spanOnWire, sequence_id: null }],
  ] as const)('%s is refused', (_, codec, wire) => {
    expect(() => codec.parse(wire)).toThrow(z.ZodError);
  });

  it('a span on its way in may lack its number', () => {
    expect(spanInputCodec.parse({ ...spanOnWire, sequence_id: null }).sequenceId).toBeNull();
  });

  it('a span keeps keys that are not ours under their own name, both ways', () => {
    const extras = { vendor_key: { inner_key: 1 }, vendorKey: [2] };
    const wire = { ...spanOnWire, ...extras, status: { ...spanOnWire.status, extra_code: 3 } };
    const span = spanCodec.parse(wire);
    expect(span).toMatchObject({ ...extras, status: { statusCode: 'OK', extra_code: 3 } });
    expect(spanCodec.encode(span)).toEqual(wire);
  });

  it('an extra key cannot pass for a field on the other side', () => {
    const span = spanCodec.parse({ ...spanOnWire, rolloutId: 'ro-forged', attemptId: 'at-forged' });
    expect(span).toMatchObject({ rolloutId: spanOnWire.rollout_id, attemptId: spanOnWire.attempt_id });
    const encoded = spanCodec.encode({ ...span, rollout_id: 'ro-forged' });
    expect(encoded).toMatchObject({ rollout_id: spanOnWire.rollout_id });
  });

  it('a schema that the codec cannot look into is refused, not written wrongly', () => {
    const inner = z.object({ innerField: z.number() });
    expect(() => recordCodec(z.object({ either: z.union([inner, z.string()]) }))).toThrow(TypeError);
    expect(() => recordCodec(z.object({ later: z.lazy(() => inner) }))).toThrow(TypeError);
  });
});

describe('round trips', () => {
  // −0 is the one number that JSON does not keep.
  const withoutNegativeZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it.each([
    ['attempts', attemptCodec, anyAttempt],
    ['rollouts', rolloutCodec, anyRollout],
    ['workers', workerCodec, anyWorker],
    ['spans', spanCodec, anySpan],
  ] as const)('%s survive the wire, hostile keys included', (_, codec, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<never>, (record) => {
        const arrived = codec.parse(sent(codec.encode(record)));
        expect(arrived).toEqual(withoutNegativeZero(record));
        expect(JSON.stringify(codec.encode(arrived as never))).toBe(JSON.stringify(codec.encode(record)));
      }),
    );
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('resources survive the wire as instances', () => {
    fc.assert(
      fc.property(anyResources, (update) => {
        expect(resourcesUpdateCodec.parse(sent(resourcesUpdateCodec.encode(update)))).toEqual(update);
      }),
    );
  });

  it('encoding leaves the record as it is', () => {
    fc.assert(
      fc.property(anyRollout, (rollout) => {
        const before = JSON.stringify(rollout);
        rolloutCodec.encode(rollout);
        expect(JSON.stringify(rollout)).toBe(before);
      }),
    );
  });
});
