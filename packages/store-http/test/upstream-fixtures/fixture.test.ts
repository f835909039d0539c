import { describe, expect, it } from 'vitest';
import { lineKey, readOwnAnswers, readScenarios } from './fixture.ts';

describe('the recording of upstream', () => {
  const lines = readScenarios().flatMap((scenario) => scenario.lines);

  it('is whole', () => {
    expect(readScenarios()).toHaveLength(53);
    expect(lines).toHaveLength(769);
    expect(new Set(lines.map(lineKey)).size).toBe(769);
  });

  it('leaves the choice wherever we have an answer of our own, with that status among those it allows', () => {
    const byKey = new Map(lines.map((line) => [lineKey(line), line]));
    for (const [key, own] of readOwnAnswers()) {
      const line = byKey.get(key);
      expect(line?.compare, key).toMatch(/^(deviation|status)$/);
      expect([line?.response.status, ...(line?.deviation_status ?? [])], key).toContain(own.status);
    }
  });
});
