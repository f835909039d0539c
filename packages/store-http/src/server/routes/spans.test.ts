import { systemClock } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { memory, sqlite } from '../../../test/backends.ts';
import { encodeTraces, otlpSpan, tracesOf } from '../../../test/otlp-payload.ts';
import { startServer } from '../../../test/running-server.ts';
import { wireSpan } from '../../../test/spans.ts';

const LARGEST = 2 ** 52;

describe.each([
  ['memory', memory],
  ['a file', sqlite],
])('the number of a span of a store in %s', (_, backend) => {
  it('is never so large that those after it could not be told apart', async ({ onTestFinished }) => {
    const opened = await backend.open({ clock: systemClock });
    onTestFinished(() => opened.dispose?.());
    const { store } = opened;
    const { send } = await startServer({ store, token: null });
    const { rolloutId, attempt } = await store.startRollout({ input: 1 });
    const { attemptId } = attempt;
    const ids = { rollout_id: rolloutId, attempt_id: attemptId };
    const spanWith = (sequence_id: number) => wireSpan(ids, { sequence_id, span_id: `${sequence_id}` });

    expect((await send('POST', '/v1/agl/spans', spanWith(LARGEST + 1))).status).toBe(422);
    expect((await send('POST', '/v1/agl/spans/batch', { spans: [spanWith(2 ** 53 - 1)] })).status).toBe(422);
    expect((await send('POST', '/v1/agl/spans', spanWith(LARGEST))).status).toBe(201);
    expect((await send('POST', '/v1/agl/spans/next', ids)).body).toEqual({ sequence_id: LARGEST + 1 });

    // An exporter's number that is too large counts as none.
    const tooLarge = { key: 'agentlightning.span_sequence_id', value: { intValue: '9007199254740991' } };
    const resource = { 'agentlightning.rollout_id': rolloutId, 'agentlightning.attempt_id': attemptId };
    const body = Buffer.from(encodeTraces(tracesOf(resource, [otlpSpan(1, { attributes: [tooLarge] })])));
    const reply = await send('POST', '/v1/traces', body, { 'content-type': 'application/x-protobuf' });
    expect(reply.status).toBe(200);
    expect((await store.querySpans({ rolloutId, name: 'span 1' })).at(0)?.sequenceId).toBe(LARGEST + 2);
  });
});
