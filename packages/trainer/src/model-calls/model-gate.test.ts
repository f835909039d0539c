import type { ModelCall, ModelCallOptions } from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { ModelGate } from './model-gate.ts';

const never = new AbortController().signal;
const busy = (headers: Record<string, string> = {}): Error =>
  Object.assign(new Error('busy'), { status: 429, headers: new Headers(headers) });
const broken = (): Error => Object.assign(new Error('broken'), { status: 500 });

interface Made<V> {
  /** When each try was made, in seconds since the call. */
  readonly tries: readonly number[];
  readonly value: V | undefined;
  readonly error: (Error & { readonly code?: string; readonly details?: object }) | undefined;
}

/** A gate on a clock that goes on by itself. */
class GateOnTrial {
  readonly clock = new VirtualClock(0);
  readonly gate: ModelGate;

  /** What it said of its trouble, in the order of time. */
  readonly heard: string[] = [];

  constructor(random = (): number => 1) {
    const trouble = {
      failed: (reason: string): void => void this.heard.push(reason),
      answered: (): void => void this.heard.push('answered'),
    };
    this.gate = new ModelGate({ clock: this.clock, random, trouble });
  }

  /** Makes one call and moves time on until it has ended. */
  async make<V>(
    call: ModelCall<V>,
    options: ModelCallOptions = {},
    signals: { readonly stop?: AbortSignal; readonly abort?: AbortSignal } = {},
  ): Promise<Made<V>> {
    const { stop = never, abort = never } = signals;
    const began = this.clock.now();
    const tries: number[] = [];
    let made: Made<V> | undefined;
    const each = <R>(request: () => Promise<R>): Promise<R> => {
      tries.push(Math.round((this.clock.now() - began) * 10) / 10);
      return request();
    };
    this.gate.call(call, options, { stop, abort, each }).then(
      (value) => {
        made = { tries, value, error: undefined };
      },
      (error: unknown) => {
        made = { tries, value: undefined, error: error as Made<V>['error'] };
      },
    );
    for (;;) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      if (made !== undefined) return made;
      this.clock.advance(0.1);
    }
  }
}

/** Fails with these one after the other, then answers. */
function failing(...errors: readonly Error[]): ModelCall<string> {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'answer';
  };
}

describe('ModelGate.call()', () => {
  it('tells of each call that is made again, and that one was answered', async () => {
    const trial = new GateOnTrial();
    const lost = Object.assign(new Error('lost with sk-canary-0123456789abcdef'), { code: 'ECONNRESET' });
    await trial.make(failing(lost, lost));
    expect(trial.heard).toEqual([expect.stringMatching(/^lost/), expect.stringMatching(/^lost/), 'answered']);
    expect(trial.heard.join()).not.toContain('canary');
  });

  it('tries again what passes, after delays that double', async () => {
    const { value, tries } = await new GateOnTrial().make(failing(broken(), broken()));
    expect(value).toBe('answer');
    expect(tries).toEqual([0, 0.5, 1.5]);
  });

  it('draws each delay from nothing to its longest', async () => {
    expect((await new GateOnTrial(() => 0).make(failing(broken(), broken()))).tries[2]).toBeLessThanOrEqual(0.2);
    const capped = await new GateOnTrial().make(failing(...Array.from({ length: 10 }, broken)));
    const delays = capped.tries.map((time, index) => time - (capped.tries[index - 1] ?? 0));
    expect(Math.max(...delays)).toBeLessThanOrEqual(31);
    expect(capped.value).toBe('answer');
  });

  it('waits as long as the endpoint asks for, two minutes at most', async () => {
    expect((await new GateOnTrial(() => 0).make(failing(busy({ 'retry-after': '9' })))).tries[1]).toBeCloseTo(9, 0);
    expect((await new GateOnTrial(() => 0).make(failing(busy({ 'retry-after': '3600' })))).tries[1]).toBeCloseTo(
      120,
      0,
    );
  });

  it('gives up after so many tries, with what the last one failed with', async () => {
    const last = broken();
    const { error, tries } = await new GateOnTrial().make(failing(broken(), broken(), last, broken()), {
      maxRetries: 2,
    });
    expect(error).toBe(last);
    expect(tries).toHaveLength(3);
    expect((await new GateOnTrial().make(failing(...Array.from({ length: 20 }, broken)))).tries).toHaveLength(11);
  });

  it('makes one try of what does not pass, unless it is told otherwise', async () => {
    const refused = Object.assign(new Error('no'), { status: 401 });
    for (const error of [refused, new Error('a defect')]) {
      const { tries, error: thrown } = await new GateOnTrial().make(failing(error));
      expect([thrown, tries.length]).toEqual([error, 1]);
    }
    const isPassing = (error: unknown): boolean => error instanceof SyntaxError;
    expect((await new GateOnTrial().make(failing(new SyntaxError()), { isPassing })).value).toBe('answer');
  });

  it('ends a try that takes too long, whether it heeds its signal or not', async () => {
    const signals: AbortSignal[] = [];
    const deaf: ModelCall<string> = (signal) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const trial = new GateOnTrial(() => 0);
    const { error, tries } = await trial.make(deaf, { timeoutSeconds: 5, maxRetries: 1 });
    expect(error).toMatchObject({ code: 'TIMEOUT', message: 'The model did not answer within 5 s' });
    expect(tries).toHaveLength(2);
    expect(tries[1]).toBeCloseTo(5, 0);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect((await trial.make(deaf, { maxRetries: 0 })).error?.message).toContain('within 300 s');
  });

  it('tries no more once the run stops, and lets the try under way end', async () => {
    const stop = new AbortController();
    const answered = await new GateOnTrial().make(
      async () => {
        stop.abort(new Error('stopped'));
        return 'answer';
      },
      {},
      { stop: stop.signal },
    );
    expect(answered.value).toBe('answer');
    const failed = await new GateOnTrial().make(failing(broken()), {}, { stop: stop.signal });
    expect([failed.error?.message, failed.tries.length]).toEqual(['stopped', 0]);

    const later = new AbortController();
    const waiting = await new GateOnTrial().make(
      async () => {
        queueMicrotask(() => later.abort(new Error('stopped')));
        throw busy({ 'retry-after': '60' });
      },
      {},
      { stop: later.signal },
    );
    expect([waiting.error?.message, waiting.tries.length]).toEqual(['stopped', 1]);
  });

  it('ends the try under way when it is told to', async () => {
    const abort = new AbortController();
    const { error } = await new GateOnTrial().make(
      () => {
        queueMicrotask(() => abort.abort(new Error('enough')));
        return new Promise(() => {});
      },
      {},
      { abort: abort.signal },
    );
    expect(error?.message).toBe('enough');
  });

  it('tries again a fifth of its calls, 32 anyway, and stops the run then', async () => {
    const trial = new GateOnTrial(() => 0);
    const answer: ModelCall<string> = async () => 'answer';
    for (let call = 0; call < 199; call += 1) await trial.make(answer);
    let retries = 0;
    for (;;) {
      const { tries, error } = await trial.make(failing(...Array.from({ length: 99 }, broken)));
      retries += tries.length - 1;
      if (error?.code !== 'MODEL_UNAVAILABLE') continue;
      expect(error).toMatchObject({ cause: { message: 'broken' }, details: { reason: 'retry-budget', retries } });
      break;
    }
    expect(retries).toBe(Math.ceil(0.2 * 203));

    const short = new GateOnTrial(() => 0);
    let tried = 0;
    for (let call = 0; call < 4; call += 1) {
      tried += (await short.make(failing(...Array.from({ length: 99 }, broken)))).tries.length;
    }
    expect(tried).toBe(4 + 32);
  });

  it('leaves no timer behind', async () => {
    const trial = new GateOnTrial();
    await trial.make(failing(broken()));
    expect(trial.clock.pendingTimers).toBe(0);
  });

  it('has calls wait for a host that agents found busy', async () => {
    const trial = new GateOnTrial();
    trial.gate.holdOff('api.test', trial.clock.now() + 4);
    trial.gate.holdOff('other.test', trial.clock.now() - 1);
    expect((await trial.make(failing(), { host: 'api.test' })).tries[0]).toBeCloseTo(4, 0);
    expect((await trial.make(failing(), { host: 'other.test' })).tries[0]).toBe(0);
  });
});
