import { InMemoryLightningStore, type Json, LightningError } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { InMemoryRunJournal } from './run-journal.ts';
import { smuggle, type startHarness } from './test-data/harness.ts';
import { useHarness } from './test-data/use-harness.ts';

const start = useHarness();

const rule = (name: string) => ({ code: 'ALGORITHM_RULE_BROKEN', details: { rule: name } });

describe('step()', () => {
  it('answers the stored bytes, also the first time', async () => {
    const { context } = start();
    const value = { b: 1, a: [1, 2] };
    const answered = await context.step('s', null, async () => value);
    expect(answered).toEqual(value);
    expect(answered).not.toBe(value);
    expect(Object.keys(answered)).toEqual(['b', 'a']);
  });

  it('runs its function once per run: a second pass is answered by the record', async () => {
    const journal = new InMemoryRunJournal();
    let calls = 0;
    for (let pass = 0; pass < 2; pass += 1) {
      const { context } = start({ journal });
      expect(await context.step('s', { n: 1 }, async () => ++calls)).toBe(1);
    }
    expect(calls).toBe(1);
  });

  it('refuses a second use of a key (rule A), which ends the run even if it is caught', async () => {
    const { context, finish } = start();
    await context.step('s', null, async () => 1);
    expect(() => context.step('s', null, async () => 2)).toThrow(/The key "s" is used twice/);
    await expect(finish()).rejects.toMatchObject(rule('A'));
  });

  it('tells keys apart by their path', async () => {
    const { context } = start();
    const answers = await Promise.all([
      context.scope('a', 'b').step('c', null, async () => 1),
      context.scope('a').step('b/c', null, async () => 2),
      context
        .scope('a')
        .scope('b')
        .step('d', null, async () => 3),
    ]);
    expect(answers).toEqual([1, 2, 3]);
  });

  it.each<[string, (context: ReturnType<typeof startHarness>['context']) => unknown]>([
    ['step', (context) => context.step('inner', null, async () => 1)],
    ['evaluation', (context) => context.evaluate('inner', { candidates: [{}], tasks: [1], mode: 'train' })],
    ['event', (context) => context.emit('inner', { type: 'custom', name: 'x', data: null })],
    ['random stream', (context) => context.random('inner')],
  ])('does not let its function use the context: %s (rule B)', async (_, use) => {
    const { context, finish } = start();
    const outer = context.step('outer', null, async () => {
      use(context);
      return null;
    });
    await expect(outer).rejects.toMatchObject(rule('B'));
    await expect(finish()).rejects.toMatchObject(rule('B'));
  });

  it.each([
    [{ best: { score: -Infinity } }, '$.best.score'],
    [[1, Number.NaN], '$[1]'],
    [{ at: new Date(0) }, '$.at'],
    [{ n: -0 }, '$.n'],
  ])('refuses a result that JSON would change, naming the place (rule C)', async (value, place) => {
    const { context, finish } = start();
    const step = context.step('s', null, async () => smuggle(value) as never);
    await expect(step).rejects.toThrow(`The result of step "s" must be JSON: ${place} is `);
    await expect(finish()).rejects.toMatchObject(rule('C'));
  });

  it('refuses a result of more than 1 MiB', async () => {
    const { context } = start();
    const step = context.step('s', null, async () => 'x'.repeat(1024 * 1024));
    await expect(step).rejects.toMatchObject(rule('C'));
  });

  it('refuses a record that was made with other inputs (rule I)', async () => {
    const journal = new InMemoryRunJournal();
    const first = start({ journal });
    await first.context.scope('r1').step('s', { prompt: 'a' }, async () => 1);
    const second = start({ journal });
    const step = second.context.scope('r1').step('s', { prompt: 'b' }, async () => 1);
    await expect(step).rejects.toThrow('The step "r1/s" was recorded with other inputs');
    await expect(second.finish()).rejects.toMatchObject(rule('I'));
  });

  it('records an answer that is a failure, and fails alike on the next pass', async () => {
    const journal = new InMemoryRunJournal();
    let calls = 0;
    const failures: unknown[] = [];
    for (let pass = 0; pass < 2; pass += 1) {
      const { context, finish } = start({ journal });
      const step = context.step('s', null, async () => {
        calls += 1;
        throw new LightningError('STEP_FAILED', 'The model refused', { details: { failure: 'refusal' } });
      });
      await step.catch((error: unknown) => failures.push(error));
      await finish();
    }
    expect(calls).toBe(1);
    for (const failure of failures) {
      expect(failure).toMatchObject({
        code: 'STEP_FAILED',
        message: 'The model refused',
        details: { failure: 'refusal', step: 's' },
      });
    }
    expect(failures).toHaveLength(2);
  });

  it('ends the run with any other error of its function, even when that is caught (rule L)', async () => {
    const { context, finish, journal } = start();
    const bug = new TypeError('x is not a function');
    const settled = await Promise.allSettled([
      context.step('s', null, async () => {
        throw bug;
      }),
    ]);
    expect(settled[0]).toMatchObject({ status: 'rejected', reason: bug });
    expect(journal.getStep('["s"]')).toBeUndefined();
    expect(() => context.step('later', null, async () => 1)).toThrow(bug);
    await expect(finish()).rejects.toBe(bug);
  });

  it('aborts the steps in flight when another one breaks the run', async () => {
    const { context } = start();
    const waiting = context.step('waiting', null, async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return null;
    });
    const bug = new TypeError('broken');
    await expect(context.step('bug', null, () => Promise.reject(bug))).rejects.toBe(bug);
    await expect(waiting).rejects.toBe(bug);
  });

  it('gives each step an idempotency key that a second pass repeats', async () => {
    const keys: string[] = [];
    for (let pass = 0; pass < 2; pass += 1) {
      const { context } = start();
      for (const key of ['a', 'b']) {
        await context.step(key, null, async ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          return null;
        });
      }
    }
    expect(keys.slice(0, 2)).toEqual(keys.slice(2));
    expect(new Set(keys).size).toBe(2);
  });

  it('counts the model calls made through it', async () => {
    const { context, run } = start();
    await context.step('s', null, async ({ llm }) => [await llm(async () => 1), await llm(async () => 2)]);
    expect(run.modelCalls).toBe(2);
  });
});

describe('finish()', () => {
  it('refuses to end while a step is pending, naming it (rule J)', async () => {
    const { context, finish } = start();
    const gate = Promise.withResolvers<number>();
    void context.scope('r1').step('forgotten', null, () => gate.promise);
    await expect(finish()).rejects.toThrow('"r1/forgotten"');
    gate.resolve(1);
  });

  it('refuses to end while an evaluation is pending', async () => {
    const { context, finish } = start({ agent: () => new Promise(() => {}) });
    context.evaluate('forgotten', { candidates: [{}], tasks: [1], mode: 'train' });
    await expect(finish()).rejects.toMatchObject(rule('J'));
  });

  it('rejects with the reason of a stop that the algorithm swallowed', async () => {
    const { controller, finish } = start();
    const reason = new LightningError('ABORTED', 'stop');
    controller.abort(reason);
    await expect(finish()).rejects.toBe(reason);
  });
});

describe('fork()', () => {
  it('is waited for at the end of the run', async () => {
    const { context, finish } = start();
    const gate = Promise.withResolvers<void>();
    let hasEnded = false;
    context.fork('job', async (job) => {
      await gate.promise;
      await job.step('s', null, async () => 1);
      hasEnded = true;
    });
    const finished = finish();
    gate.resolve();
    await finished;
    expect(hasEnded).toBe(true);
  });

  it('may fail before anybody awaits it without ending the process, and ends the run', async () => {
    const { context, finish } = start();
    const bug = new Error('in the fork');
    context.fork('job', () => Promise.reject(bug));
    await new Promise((resolve) => setImmediate(resolve));
    await expect(finish()).rejects.toBe(bug);
  });

  it('may fail with the failure of a step, which whoever asks for the result can handle', async () => {
    const { context, finish } = start();
    const job = context.fork('job', async () => {
      throw new LightningError('STEP_FAILED', 'no answer');
    });
    await new Promise((resolve) => setImmediate(resolve));
    await expect(job.result).rejects.toMatchObject({ code: 'STEP_FAILED' });
    await finish();
  });

  it('ends the run with the failure of a step that nobody asked for', async () => {
    const { context, finish } = start();
    context.fork('job', async () => {
      throw new LightningError('STEP_FAILED', 'no answer');
    });
    await expect(finish()).rejects.toMatchObject({ code: 'STEP_FAILED' });
  });

  it('must await its own work', async () => {
    const { context, finish } = start();
    context.fork('job', async (job) => {
      void job.step('forgotten', null, () => new Promise<number>(() => {}));
    });
    await expect(finish()).rejects.toThrow('"job/forgotten"');
  });
});

describe('random(), now() and emit()', () => {
  it('gives the same numbers for the same seed and path, and others otherwise', () => {
    const draw = (seed: number, ...path: string[]) =>
      start({ seed })
        .context.scope(...path)
        .random('k')
        .next();
    expect(draw(1, 'a')).toBe(draw(1, 'a'));
    expect(draw(1, 'a')).not.toBe(draw(2, 'a'));
    expect(draw(1, 'a')).not.toBe(draw(1, 'b'));
  });

  it('refuses a second stream of the same path', () => {
    const { context } = start();
    context.random('k');
    expect(() => context.random('k')).toThrow(/used twice/);
  });

  it('records the time', async () => {
    const journal = new InMemoryRunJournal();
    const clock = new VirtualClock(1_700_000_000);
    expect(await start({ journal, clock }).context.now('t')).toBe(1_700_000_000);
    clock.advance(60);
    expect(await start({ journal, clock }).context.now('t')).toBe(1_700_000_000);
  });

  it('tells each event once per run, and marks what it repeats', () => {
    const journal = new InMemoryRunJournal();
    const event = { type: 'custom', name: 'hello', data: 1 } as const;
    const passes = [start({ journal }), start({ journal })];
    for (const { context } of passes) context.scope('r1').emit('hello', event);
    const told = { type: 'algorithm-event', key: 'r1/hello', event };
    expect(passes.map(({ messages }) => messages)).toEqual([[told], [{ ...told, isReplay: true }]]);
  });
});

describe('offerBest()', () => {
  const candidate = {};

  it('keeps the highest score, then the lowest rank, whatever the order', () => {
    const offers = [
      { score: 0.5, rank: 3, version: 'v3', candidate },
      { score: 0.9, rank: 7, version: 'v7', candidate },
      { score: 0.9, rank: 2, version: 'v2', candidate },
      { score: 0.1, rank: 0, version: 'v0', candidate },
    ];
    for (const order of [offers, offers.toReversed(), [1, 3, 0, 2].map((index) => offers[index]!)]) {
      const { context, journal } = start();
      for (const offer of order) context.offerBest(offer);
      expect(journal.getBest()).toMatchObject({ version: 'v2', score: 0.9 });
    }
  });

  it('refuses a score that is not a finite number', () => {
    const { context } = start();
    expect(() => context.offerBest({ score: Number.NaN, rank: 0, version: 'v0', candidate })).toThrow(RangeError);
  });
});

describe('a run that was stopped', () => {
  it('starts nothing more', async () => {
    const { context, controller } = start();
    const reason = new LightningError('ABORTED', 'stop');
    controller.abort(reason);
    const data: Json = null;
    expect(() => context.step('s', null, async () => 1)).toThrow(reason);
    expect(() => context.evaluate('e', { candidates: [{}], tasks: [1], mode: 'val' })).toThrow(reason);
    expect(() => context.emit('x', { type: 'custom', name: 'x', data })).toThrow(reason);
  });

  it('cancels the rollouts of evaluations in flight', async () => {
    const store = new InMemoryLightningStore();
    const started = Promise.withResolvers<void>();
    const { context, controller } = start({
      store,
      agent: () => {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const evaluation = context.evaluate('e', { candidates: [{}], tasks: [1, 2], mode: 'val' });
    await started.promise;
    const reason = new LightningError('ABORTED', 'stop');
    controller.abort(reason);
    await expect(evaluation.outcomes()).rejects.toBe(reason);
    const { items } = await store.queryRollouts();
    expect(items.map((rollout) => rollout.status)).toEqual(['cancelled', 'cancelled']);
  });
});
