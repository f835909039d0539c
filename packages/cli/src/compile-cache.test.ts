import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileCacheFolder } from './compile-cache.ts';

describe('compileCacheFolder()', () => {
  const own = ['agentlightning', 'compiled'] as const;

  it.each([
    ['linux', {}, join(homedir(), '.cache', ...own)],
    ['linux', { XDG_CACHE_HOME: '/caches' }, join('/caches', ...own)],
    ['darwin', {}, join(homedir(), 'Library', 'Caches', ...own)],
    ['win32', { LOCALAPPDATA: 'C:/local' }, join('C:/local', ...own)],
    ['win32', {}, join(homedir(), '.cache', ...own)],
  ] as const)('on %s with %j is below what belongs to the user', (platform, env, folder) => {
    expect(compileCacheFolder(env, platform)).toBe(folder);
  });
});
