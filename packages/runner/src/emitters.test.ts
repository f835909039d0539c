import { LightningError, type SpanDraft, silentLogger } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { currentRollout, runInAttempt } from './attempt-context.ts';
import { emitAnnotation, emitException, emitMessage, emitObject, emitReward } from './emitters.ts';
import { operation, operationOf } from './operation.ts';

const rollout = { rolloutId: 'ro-1' } as never;

async function recorded(body: () => unknown): Promise<readonly SpanDraft[]> {
  const spans: SpanDraft[] = [];
  const attempt = { rollout, traceId: 't', sink: { add: (span: SpanDraft) => spans.push(span) }, logger: silentLogger };
  await runInAttempt(attempt, async () => body());
  return spans;
}

describe('emitters', () => {
  it('record in the attempt of their async context, in order', async () => {
    const spans = await recorded(async () => {
      emitMessage('hello');
      await Promise.resolve();
      setImmediate(() => emitReward(0.25));
      await new Promise((resolve) => setImmediate(resolve));
      emitObject({ a: 1 });
      emitException(new RangeError('too far'));
      emitAnnotation({ note: { deep: true } });
    });
    expect(spans.map(({ name }) => name)).toEqual([
      'agentlightning.message',
      'agentlightning.annotation',
      'agentlightning.object',
      'agentlightning.exception',
      'agentlightning.annotation',
    ]);
    expect(spans[1]!.attributes).toMatchObject({ 'agentlightning.reward.0.value': 0.25 });
    expect(spans[4]!.attributes).toEqual({ 'note.deep': true });
  });

  it('refuse a reward that is not finite, naming it', async () => {
    await recorded(() => {
      expect(() => emitReward(Number.NaN)).toThrow(RangeError);
      expect(() => emitReward(Number.NaN)).toThrow(/NaN/);
      expect(() => emitReward({ primary: 1, speed: Infinity })).toThrow(
        /'speed' must be finite: current value is Infinity/,
      );
    });
  });

  it('need an attempt, unless they only make the span', () => {
    expect(() => emitReward(1)).toThrow(LightningError);
    expect(() => emitReward(1)).toThrow(/emitReward\(\) was called outside of a rollout/);
    expect(emitReward({ primary: 1 }, { propagate: false }).attributes).toMatchObject({
      'agentlightning.reward.0.name': 'primary',
    });
  });

  it('refuse options that they do not have, and record nothing then', async () => {
    const spans = await recorded(() => {
      expect(() => emitReward({ a: 1, b: 0 }, { primarykey: 'b' } as object)).toThrow(/did you mean 'primaryKey'\?/);
      expect(() => emitMessage('x', { feedback: 'y' } as object)).toThrow(/'feedback' is not an option/);
    });
    expect(spans).toEqual([]);
  });

  it('do not record what is only made', async () => {
    expect(await recorded(() => emitMessage('x', { propagate: false }))).toEqual([]);
  });
});

describe('currentRollout()', () => {
  it('is the rollout inside of an attempt, and undefined outside', async () => {
    await recorded(() => expect(currentRollout()).toBe(rollout));
    expect(currentRollout()).toBeUndefined();
  });
});

describe('operation()', () => {
  it('refuses options that it does not have, before anything runs', async () => {
    await recorded(() => {
      expect(() => operation({ name: 'x', attribute: {} } as never, () => expect.unreachable())).toThrow(
        /'attribute' is not an option: did you mean 'attributes'\?/,
      );
    });
  });

  it('is the parent of what happens within it', async () => {
    const [message, inner, outer, after] = await recorded(async () => {
      await operation('outer', async () => {
        await operation('inner', async () => emitMessage('hello'));
      });
      emitMessage('after');
    });
    expect(outer).toMatchObject({ name: 'agentlightning.operation', parentId: null });
    expect(inner!.parentId).toBe(outer!.spanId);
    expect(message!.parentId).toBe(inner!.spanId);
    expect(after!.parentId).toBeNull();
  });

  it('keeps operations that run at once apart', async () => {
    const spans = await recorded(() =>
      Promise.all(
        ['a', 'b'].map((name) =>
          operation(name, async () => {
            await new Promise((resolve) => setImmediate(resolve));
            emitMessage(name);
          }),
        ),
      ),
    );
    for (const message of spans.filter(({ name }) => name === 'agentlightning.message')) {
      const parent = spans.find(({ spanId }) => spanId === message.parentId)!;
      expect(parent.attributes['agentlightning.operation.name']).toBe(
        message.attributes['agentlightning.message.body'],
      );
    }
  });

  it('records input, output and attributes, and returns the result', async () => {
    const [span] = await recorded(() => {
      const result = operation({ name: 'look up', attributes: { kind: 'tool' } }, (op) => {
        op.setInput({ day: 1 });
        op.setInput({ rooms: ['a', 'b'] });
        op.setAttributes({ cached: false });
        return { room: 4 };
      });
      expect(result).toEqual({ room: 4 });
    });
    expect(span).toMatchObject({
      status: { statusCode: 'UNSET' },
      attributes: {
        'agentlightning.operation.name': 'look up',
        'agentlightning.operation.input.day': 1,
        'agentlightning.operation.input.rooms': ['a', 'b'],
        'agentlightning.operation.output.room': 4,
        kind: 'tool',
        cached: false,
      },
    });
    expect(span!.endTime).toBeGreaterThanOrEqual(span!.startTime!);
  });

  it('records an error and throws it on, from a function and from a promise', async () => {
    const error = new RangeError('too far');
    const spans = await recorded(async () => {
      const fail = (): never => {
        throw error;
      };
      expect(() => operation('sync', fail)).toThrow(error);
      await expect(operation('async', async () => fail())).rejects.toBe(error);
    });
    expect(spans).toHaveLength(2);
    for (const span of spans) {
      expect(span.status).toEqual({ statusCode: 'ERROR', description: 'too far' });
      expect(span.attributes).toMatchObject({ 'exception.type': 'RangeError', 'exception.message': 'too far' });
    }
  });

  it('is not failed by input that cannot be recorded', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const [span] = await recorded(() => operation('x', (op) => op.setInput(cycle)));
    expect(span!.attributes['agentlightning.operation.input']).toContain('not recorded');
  });

  it('needs an attempt before anything runs, unless it is not recorded', () => {
    let ran = false;
    expect(() => operation('x', () => (ran = true))).toThrow(/operation\(\) was called outside of a rollout/);
    expect(ran).toBe(false);
    const ended: SpanDraft[] = [];
    expect(operation({ name: 'x', propagate: false, onEnd: (span) => ended.push(span) }, () => 3)).toBe(3);
    expect(ended[0]!.attributes['agentlightning.operation.output']).toBe(3);
  });
});

describe('operationOf()', () => {
  it('makes every call an operation, named after the function, and keeps `this`', async () => {
    const calendar = {
      rooms: ['a', 'b'],
      freeRoom: operationOf(async function freeRoom(this: { rooms: string[] }, day: number) {
        return this.rooms[day];
      }),
    };
    const [span] = await recorded(async () => expect(await calendar.freeRoom(1)).toBe('b'));
    expect(span!.attributes).toMatchObject({
      'agentlightning.operation.name': 'freeRoom',
      'agentlightning.operation.input.args': [1],
      'agentlightning.operation.output': 'b',
    });
  });
});
