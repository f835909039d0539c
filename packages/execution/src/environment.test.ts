import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readExecutionEnvironment, threadEnvironment } from './environment.ts';

describe('readExecutionEnvironment()', () => {
  it('reads role, host, port and token', () => {
    const env = {
      AGL_CURRENT_ROLE: 'Runner',
      AGL_SERVER_HOST: 'trainer.local',
      AGL_SERVER_PORT: '4747',
      AGL_TOKEN: 't',
    };
    expect(readExecutionEnvironment(env)).toEqual({ role: 'runner', host: 'trainer.local', port: 4747, token: 't' });
  });

  it('leaves out what is not set or empty', () => {
    expect(readExecutionEnvironment({ AGL_SERVER_HOST: '', AGL_TOKEN: '' })).toEqual({});
  });

  it.each(['0', '65536', '-1', '80.5', 'http', '0x50'])('refuses port %s, naming the variable', (port) => {
    expect(() => readExecutionEnvironment({ AGL_SERVER_PORT: port })).toThrow(
      new RangeError(`Cannot use AGL_SERVER_PORT as it must be an integer from 1 to 65535: it is '${port}'`),
    );
  });

  it('refuses an unknown role, naming the known ones', () => {
    expect(() => readExecutionEnvironment({ AGL_CURRENT_ROLE: 'worker' })).toThrow(
      new RangeError("Cannot use AGL_CURRENT_ROLE as it must be one of algorithm, runner, both: it is 'worker'"),
    );
  });
});

describe('threadEnvironment()', () => {
  it('keeps what agents need and leaves out where the process stands in a run, the token of the store included', () => {
    const place = { AGL_CURRENT_ROLE: 'runner', AGL_SERVER_HOST: 'a', AGL_SERVER_PORT: '1', AGL_TOKEN: 'secret' };
    expect(threadEnvironment({ OPENAI_API_KEY: 'key', ...place }, null)).toEqual({ OPENAI_API_KEY: 'key' });
  });

  it('shares the compile cache of the process', () => {
    expect(threadEnvironment({}, join('cache', 'v24'))).toEqual({ NODE_COMPILE_CACHE: 'cache' });
  });
});
