import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ClientServerExecutionOptions } from './client-server/client-server-options.ts';
import { ClientServerExecutionStrategy } from './client-server-strategy.ts';

const create = (options: object): ClientServerExecutionStrategy =>
  new ClientServerExecutionStrategy(options as ClientServerExecutionOptions);

describe('ClientServerExecutionStrategy', () => {
  it('needs no options', () => {
    expect(new ClientServerExecutionStrategy().name).toBe('client-server');
  });

  it.each([
    [{ rol: 'both' }, TypeError, /'rol' is not an option: did you mean 'role'/],
    [{ role: 'worker' }, TypeError, /'role' must be 'algorithm' or 'runner' or 'both': current value is 'worker'/],
    [{ mainProcess: 'both' }, TypeError, /'mainProcess' must be 'algorithm' or 'runner': current value is 'both'/],
    [{ isolation: 'vm' }, TypeError, /'isolation' must be 'shared' or 'thread' or 'process': current value is 'vm'/],
    [
      { isolation: 'thread', mainProcess: 'runner' },
      TypeError,
      /isolation must be 'shared', current value is 'thread'/,
    ],
    [
      { isolation: 'process', mainProcess: 'runner' },
      TypeError,
      /isolation must be 'shared', current value is 'process'/,
    ],
    [{ host: '' }, TypeError, /'host' must be a name or an address: current value is ''/],
    [{ port: 65_536 }, RangeError, /'port' must be .*65535: current value is 65536/],
    [{ port: '80' }, TypeError, /'port' must be/],
    [{ threads: 0 }, RangeError, /'threads' must be a positive integer: current value is 0/],
    [{ threads: 2, isolation: 'thread' }, TypeError, /'threads' belongs to isolation 'shared'/],
    [{ threads: 2, isolation: 'process' }, TypeError, /'threads' belongs to isolation 'shared'/],
    [{ heapMb: 15 }, RangeError, /'heapMb' must be .*16.*: current value is 15/],
    [{ rssMb: 63, isolation: 'process' }, RangeError, /'rssMb' must be .*64.*: current value is 63/],
    [{ rssMb: 64, isolation: 'thread' }, TypeError, /'rssMb' belongs to isolation 'process'.*'thread'/],
    [{ drainMs: -1 }, RangeError, /'drainMs' must be .*current value is -1/],
    [{ abortMs: Number.NaN }, RangeError, /'abortMs' must be .*current value is NaN/],
    [{ startMs: 0 }, RangeError, /'startMs' must be .*current value is 0/],
    [{ blockedMs: Infinity }, RangeError, /'blockedMs' must be .*current value is Infinity/],
    [{ mainProcess: 'runner', role: 'runner', port: 1, token: 't' }, TypeError, /'mainProcess' may be 'runner' only/],
  ])('refuses %j', (options, kind, message) => {
    expect(() => create(options)).toThrow(kind);
    expect(() => create(options)).toThrow(message);
  });

  it.each(['algorithm', 'runner'] as const)('says what to set for role %s without an address', (role) => {
    expect(() => create({ role })).toThrow(TypeError);
    expect(() => create({ role })).toThrow(/set 'port' \(AGL_SERVER_PORT\) and 'token' \(AGL_TOKEN\)/);
    expect(() => create({ role, token: 't' })).toThrow(/set 'port' \(AGL_SERVER_PORT\), as/);
    expect(() => create({ role, port: 4747 })).toThrow(/set 'token' \(AGL_TOKEN\), as/);
  });

  it('never shows a token, not even one it refuses', () => {
    expect(() => create({ token: 'secret words' })).toThrow(/^(?!.*secret).*printable ASCII/);
    expect(inspect(create({ token: 'secret' }), { depth: 9, showHidden: true })).not.toContain('secret');
  });

  it('reads no environment unless asked to, and then lets options go before it', () => {
    const env = { AGL_CURRENT_ROLE: 'runner', AGL_SERVER_PORT: '4747' };
    // Role and port are found, so that the token alone is missing.
    expect(() => ClientServerExecutionStrategy.fromEnvironment({}, env)).toThrow(/set 'token' \(AGL_TOKEN\), as/);
    expect(() => ClientServerExecutionStrategy.fromEnvironment({ role: 'both' }, env)).not.toThrow();
    expect(() => ClientServerExecutionStrategy.fromEnvironment({ port: 0 }, env)).toThrow(/'port' \(AGL_SERVER_PORT\)/);
    expect(() => ClientServerExecutionStrategy.fromEnvironment({ token: undefined as never }, env)).toThrow(
      /AGL_TOKEN/,
    );
  });
});
