import { VirtualClock } from '@agentlightning/core/testing';
import { describe, expect, it } from 'vitest';
import { ModelTrouble } from './model-trouble.ts';

describe('ModelTrouble', () => {
  it('is told once when nothing has come of calls for ten seconds, and again when it comes back', () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const trouble = new ModelTrouble('The agents have', clock, (message) => told.push(message));
    const failFor = (seconds: number): void => {
      for (let second = 0; second < seconds; second += 1) {
        trouble.failed('ECONNREFUSED');
        clock.advance(1);
      }
    };
    failFor(9);
    expect(told).toEqual([]);
    failFor(60);
    expect(told).toEqual([
      expect.stringMatching(/^The agents have had no answer .* for 10 s: ECONNREFUSED\. They try again/),
    ]);
    trouble.answered();
    failFor(10);
    expect(told).toHaveLength(1);
    failFor(1);
    expect(told).toHaveLength(2);
  });
});
