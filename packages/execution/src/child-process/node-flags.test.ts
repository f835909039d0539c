import { describe, expect, it } from 'vitest';
import { childFlags } from './node-flags.ts';

describe('childFlags()', () => {
  it('are those of this process, with the limit of the heap', () => {
    const flags = ['--conditions', 'development', '--import=./hooks.ts', '--no-warnings'];
    expect(childFlags(64, flags)).toEqual([...flags, '--max-old-space-size=64']);
  });

  it('leave out what a process is to run, who debugs it, and another limit', () => {
    const flags = ['--inspect-brk=9229', '-e', 'train()', '--input-type=module', '--input-type', 'module', '--watch'];
    const more = ['--watch-path', 'src', '--test', '--test-only', '--max-old-space-size=9', '--eval=1', '-c'];
    expect(childFlags(64, [...flags, ...more, '--no-warnings'])).toEqual(['--no-warnings', '--max-old-space-size=64']);
  });
});
