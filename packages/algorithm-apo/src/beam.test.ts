import { createRng, PromptTemplate } from '@agentlightning/core';
import { describe, expect, it } from 'vitest';
import { drawParents, selectBeam, type VersionedPrompt } from './beam.ts';

function member(version: string): VersionedPrompt {
  return { version, prompt: new PromptTemplate({ template: version }) };
}

function versions(members: readonly VersionedPrompt[]): string[] {
  return members.map(({ version }) => version);
}

describe('selectBeam()', () => {
  const pool = [
    { ...member('v0'), score: 0.5 },
    { ...member('v1'), score: 0.75 },
    { ...member('v2'), score: 0.5 },
    { ...member('v3'), score: null },
    { ...member('v4'), score: 0.25 },
  ];

  it('keeps the best, best first, and equal ones in their order', () => {
    expect(versions(selectBeam(pool, 3))).toEqual(['v1', 'v0', 'v2']);
  });

  it('never keeps a prompt without a score, however wide the beam', () => {
    expect(versions(selectBeam(pool, 9))).toEqual(['v1', 'v0', 'v2', 'v4']);
  });

  it('is empty when nothing has a score', () => {
    expect(selectBeam([{ ...member('v0'), score: null }], 2)).toEqual([]);
  });
});

describe('drawParents()', () => {
  it('repeats a short beam from its best until there are enough', () => {
    expect(versions(drawParents([member('v3'), member('v1')], 5, createRng('a')))).toEqual([
      'v3',
      'v1',
      'v3',
      'v1',
      'v3',
    ]);
  });

  it('takes each member of a full beam once, in an order that depends on the stream', () => {
    const beam = ['v0', 'v1', 'v2', 'v3'].map(member);
    const orders = new Set(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((seed) => {
        const drawn = versions(drawParents(beam, 4, createRng(seed)));
        expect(new Set(drawn)).toEqual(new Set(versions(beam)));
        expect(drawn).toHaveLength(4);
        return drawn.join();
      }),
    );
    expect(orders.size).toBeGreaterThan(1);
  });
});
