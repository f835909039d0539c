import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Interruption, type StopRequest } from './interruption.ts';

/** An interruption in a process that ends for no signal, at a time that stands still between presses. */
function interruption({
  callerSignal,
  handleSignals = true,
  hasTerminal = true,
}: {
  callerSignal?: AbortSignal;
  handleSignals?: boolean;
  hasTerminal?: boolean;
} = {}) {
  const emitter = new EventEmitter();
  const killedBy: string[] = [];
  const fakeProcess = Object.assign(emitter, {
    pid: 1,
    exitCode: undefined as number | undefined,
    kill: (_pid: number, name: string) => {
      killedBy.push(`${name} with ${emitter.listenerCount(name)} listeners`);
      return true;
    },
  });
  let now = 0;
  const interrupted = new Interruption({
    callerSignal,
    handleSignals,
    hasTerminal,
    process: fakeProcess as unknown as NonNullable<ConstructorParameters<typeof Interruption>[0]['process']>,
    now: () => now,
  });
  const asked: string[] = [];
  interrupted.tell(({ step, cause }: StopRequest) => asked.push(`${step} by ${cause}`));
  const state = () => {
    const { abort, terminate, kill } = interrupted.hurry;
    return [interrupted.signal, abort, terminate, kill].map(({ aborted }) => aborted);
  };
  const press = (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', afterMs = 1000): void => {
    now += afterMs;
    emitter.emit(name, name);
  };
  return { interrupted, process: fakeProcess, emitter, killedBy, asked, state, press };
}

describe('Interruption', () => {
  it('goes one step further with each signal, and ends the process with the fourth by its default handler', () => {
    const { press, state, asked, killedBy, process, emitter } = interruption();
    emitter.on('SIGINT', () => {});
    press('SIGINT');
    expect(state()).toEqual([true, false, false, false]);
    press('SIGINT');
    expect(state()).toEqual([true, true, false, false]);
    press('SIGTERM');
    expect(state()).toEqual([true, true, true, false]);
    expect(killedBy).toEqual([]);
    press('SIGINT');
    expect(state()).toEqual([true, true, true, true]);
    expect(killedBy).toEqual(['SIGINT with 0 listeners']);
    expect(asked).toEqual(['drain by SIGINT', 'abort by SIGINT', 'terminate by SIGTERM', 'kill by SIGINT']);
    expect(process.exitCode).toBe(130);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('sets the exit code of the first signal: %s', (name, exitCode) => {
    const { press, process, interrupted } = interruption();
    press(name);
    press('SIGINT');
    press('SIGTERM');
    expect(process.exitCode).toBe(exitCode);
    expect(interrupted.signal.reason).toMatchObject({ code: 'ABORTED', message: `The run was interrupted by ${name}` });
  });

  it('goes on at the end of a terminal that it never had, as under nohup, until it is closed', () => {
    const { press, asked, process, emitter, interrupted } = interruption({ hasTerminal: false });
    press('SIGHUP');
    press('SIGHUP');
    expect({ asked, exitCode: process.exitCode }).toEqual({ asked: [], exitCode: undefined });
    press('SIGTERM');
    expect(asked).toEqual(['drain by SIGTERM']);
    interrupted.close();
    expect(emitter.listenerCount('SIGHUP')).toBe(0);
  });

  it('takes signals that come together for one press, as package managers pass on what the terminal has sent already', () => {
    const { press, asked } = interruption();
    press('SIGINT');
    press('SIGINT', 30);
    press('SIGINT', 69);
    expect(asked).toEqual(['drain by SIGINT']);
    press('SIGINT', 1);
    expect(asked).toEqual(['drain by SIGINT', 'abort by SIGINT']);
  });

  it("takes the caller's signal for the first step, and leaves the exit code alone", () => {
    const caller = new AbortController();
    const { press, state, asked, process } = interruption({ callerSignal: caller.signal });
    caller.abort(new Error('enough'));
    expect(state()).toEqual([true, false, false, false]);
    expect(process.exitCode).toBeUndefined();
    press('SIGTERM');
    expect(asked).toEqual(['drain by caller', 'abort by SIGTERM']);
    expect(process.exitCode).toBe(143);
  });

  it("takes nothing more from the caller's signal once Ctrl-C has asked for the same", () => {
    const caller = new AbortController();
    const { press, asked } = interruption({ callerSignal: caller.signal });
    press('SIGINT');
    caller.abort();
    expect(asked).toEqual(['drain by SIGINT']);
  });

  it('tells of steps that were asked for before anybody listened', () => {
    const { interrupted } = interruption({ callerSignal: AbortSignal.abort() });
    const asked: StopRequest[] = [];
    interrupted.tell((request) => asked.push(request));
    expect(asked).toEqual([{ step: 'drain', cause: 'caller' }]);
  });

  it('leaves no listener behind, and has none with handleSignals: false', () => {
    const { interrupted, emitter } = interruption();
    expect([emitter.listenerCount('SIGINT'), emitter.listenerCount('SIGTERM')]).toEqual([1, 1]);
    interrupted.close();
    expect(emitter.eventNames()).toEqual([]);
    expect(interruption({ handleSignals: false }).emitter.eventNames()).toEqual([]);
  });
});
