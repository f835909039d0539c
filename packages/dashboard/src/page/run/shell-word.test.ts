import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from './shell-word.ts';

it('leaves plain words as they are', () => {
  expect(shellWord('/home/me/runs/run-20260112-143052-1f3a9c07')).toBe('/home/me/runs/run-20260112-143052-1f3a9c07');
});

it('quotes what a shell would read', () => {
  const words = ['my runs', "it's", '$(reboot)', '`x`', 'a"b', 'a\\b', '*', ';', '', '~', 'ä'];
  const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${words.map(shellWord).join(' ')}`], { encoding: 'utf8' });
  expect(printed.split('\n').slice(0, -1)).toEqual(words);
});
