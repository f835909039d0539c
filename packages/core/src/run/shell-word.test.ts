import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from './shell-word.ts';

it('leaves alone what a shell does not read', () => {
  for (const word of ['runs/run-1', '--port=0', 'a@b:c,d+e%']) expect(shellWord(word)).toBe(word);
});

it.skipIf(process.platform === 'win32')('is taken by a shell as the very word', () => {
  const words = ['my runs/run 1', "it's", '$HOME', '`id`', '', '*', 'a\nb', '~', 'ü'];
  const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map(shellWord).join(' ')}`], { encoding: 'utf8' });
  expect(printed.split('\0').slice(0, -1)).toEqual(words);
});
