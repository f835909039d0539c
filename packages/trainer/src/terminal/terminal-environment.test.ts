import { describe, expect, it } from 'vitest';
import { readTerminalEnvironment } from './terminal-environment.ts';

describe('readTerminalEnvironment()', () => {
  it.each([
    [true, {}, { canRedraw: true, colors: true }],
    [true, { NO_COLOR: '1' }, { canRedraw: true, colors: false }],
    [true, { NO_COLOR: '' }, { canRedraw: true, colors: true }],
    [true, { TERM: 'dumb' }, { canRedraw: false, colors: false }],
    [true, { FORCE_COLOR: '0' }, { canRedraw: true, colors: false }],
    [false, {}, { canRedraw: false, colors: false }],
    [false, { FORCE_COLOR: '1' }, { canRedraw: false, colors: true }],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, { canRedraw: true, colors: true }],
  ])('on a terminal: %s, with %j', (isTTY, env, expected) => {
    expect(readTerminalEnvironment({ isTTY }, env)).toEqual(expected);
  });
});
