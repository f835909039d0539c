import { describe, expect, it } from 'vitest';
import { CrashWindow } from './crash-window.ts';

describe('CrashWindow', () => {
  it('waits longer before each replacement, up to a second', () => {
    const window = new CrashWindow();
    const verdicts = [0, 1, 2, 3, 4].map((ms) => window.record(ms));
    expect(verdicts).toEqual([50, 100, 200, 400, 800].map((replaceInMs) => ({ replaceInMs })));
  });

  it('gives up at the sixth crash within a minute', () => {
    const window = new CrashWindow();
    for (let crash = 0; crash < 5; crash++) expect(window.record(crash * 1000)).toHaveProperty('replaceInMs');
    expect(window.record(59_999)).toEqual({ giveUp: true });
  });

  it('forgets crashes that are a minute old', () => {
    const window = new CrashWindow();
    for (let crash = 0; crash < 5; crash++) window.record(crash);
    expect(window.record(60_004)).toEqual({ replaceInMs: 50 });
  });
});
