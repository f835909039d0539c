import { describe, expect, it } from 'vitest';
import { CrashWindow, isCrash } from './crash-window.ts';

describe('CrashWindow', () => {
  it('waits longer before each replacement, up to 400 ms', () => {
    const window = new CrashWindow();
    const verdicts = [0, 1, 2, 3, 4].map((ms) => window.record(ms));
    expect(verdicts).toEqual([50, 100, 200, 400, 400].map((replaceInMs) => ({ replaceInMs })));
  });

  it('gives up at the sixth crash within a minute', () => {
    const window = new CrashWindow();
    for (let crash = 0; crash < 5; crash++) expect(window.record(crash * 1000)).toHaveProperty('replaceInMs');
    expect(window.record(59_999)).toEqual({ giveUp: true });
  });

  it('counts a task that crashes again and again once', () => {
    const window = new CrashWindow();
    for (let crash = 0; crash < 20; crash++) expect(window.record(crash, 'ro-poison')).toHaveProperty('replaceInMs');
    for (let task = 1; task < 5; task++) expect(window.record(20, `ro-${task}`)).toHaveProperty('replaceInMs');
    expect(window.record(21)).toEqual({ giveUp: true });
  });

  it('forgets crashes that are a minute old', () => {
    const window = new CrashWindow();
    for (let crash = 0; crash < 5; crash++) window.record(crash);
    expect(window.record(60_004)).toEqual({ replaceInMs: 50 });
  });
});

describe('isCrash()', () => {
  it.each([
    ['ends by itself', {}, true, true],
    ['is killed at work, or while it waits for some', { isFromOutside: true }, true, false],
    ['is killed while it loads the agent', { isFromOutside: true }, false, true],
    ['is past the time limit of an attempt', { isOverdue: true }, true, false],
  ])('says of one that %s whether that speaks against the agent', (_which, loss, isLoaded, expected) => {
    expect(isCrash({ isOverdue: false, isFromOutside: false, ...loss }, isLoaded)).toBe(expected);
  });
});
