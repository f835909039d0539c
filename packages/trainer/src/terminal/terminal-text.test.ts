import { describe, expect, it } from 'vitest';
import { cutText, textWidth, visibleLine, visibleText, wrapText } from './terminal-text.ts';

describe('visibleLine()', () => {
  it.each([
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['\x9b2J', '\\x9b2J'],
    ['one\r\ntwo\tthree', 'one two three'],
    ['bell\x07, back\x08, delete\x7f', 'bell\\x07, back\\x08, delete\\x7f'],
    ['evil\u202etxt.exe', 'evil\\u202etxt.exe'],
    ['half \ud83d of a pair', 'half \\ud83d of a pair'],
    ['房间 👩‍👩‍👧 é stay', '房间 👩‍👩‍👧 é stay'],
  ])('makes of %j something that moves nothing', (text, shown) => {
    expect(visibleLine(text)).toBe(shown);
  });

  it('keeps line ends where there may be lines', () => {
    expect(visibleText('one\r\ntwo\rthree\x1b[2J\n')).toBe('one\ntwo\nthree\\x1b[2J\n');
  });
});

describe('textWidth()', () => {
  it.each([
    ['abc', 3],
    ['房间', 4],
    ['👩‍👩‍👧', 2],
    ['e\u0301', 1],
    ['├─●─┤ █▒░ ★ – … − → · ×', 23],
  ])('takes %j for %i columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('cutText()', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 4, 'abc…'],
    ['房间房间', 5, '房间…'],
    ['房间房间', 4, '房…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
    ['abc', 0, ''],
  ])('cuts %j to %i columns', (text, width, cut) => {
    expect(cutText(text, width)).toBe(cut);
    expect(textWidth(cut)).toBeLessThanOrEqual(width);
  });
});

describe('wrapText()', () => {
  it('breaks at spaces, long words anywhere, and says that more was there', () => {
    expect(wrapText('one two three', 7, 9)).toEqual(['one two', 'three']);
    expect(wrapText('unbreakable', 4, 9)).toEqual(['unbr', 'eaka', 'ble']);
    expect(wrapText('房间房间房', 4, 9)).toEqual(['房间', '房间', '房']);
    expect(wrapText('one two three four', 7, 2)).toEqual(['one two', 'three …']);
  });
});
