import type { CandidateView, PartView } from '@agentlightning/core/run';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutBeam, stepInBeam } from './beam-layout.ts';

function candidate(version: string, parent: string | null, round: number): CandidateView {
  return {
    version,
    parent,
    round,
    state: 'open',
    prompts: [],
    resourcesId: null,
    critique: null,
    edit: null,
    samples: [],
    validation: null,
    beams: [],
  };
}

const candidates = [
  candidate('v0', null, 0),
  candidate('v1', 'v0', 1),
  candidate('v2', 'v0', 1),
  candidate('v3', 'v2', 2),
  candidate('v4', 'v1', 2),
  candidate('v5', 'v0', 2),
];
const search = { candidates, parts: [] as PartView[], dropped: [], rounds: 3 };

describe('layOutBeam()', () => {
  it('has a column for each round, and children in the order of their parents', () => {
    const { items, columns, rows } = layOutBeam(search);
    expect(items.map(({ key, column, row, level }) => [key.slice(10), column, row, level])).toEqual([
      ['v0', 0, 0, 0],
      ['v1', 1, 0, 1],
      ['v4', 2, 0, 2],
      ['v2', 1, 1, 1],
      ['v3', 2, 1, 2],
      ['v5', 2, 2, 1],
    ]);
    expect([columns, rows]).toEqual([4, 3]);
  });

  it('shows what is being worked on under its parent, and what was dropped of one parent as one', () => {
    const gone = { parent: 'v1', round: 2, reason: 'duplicate of v1', critique: null };
    const { items } = layOutBeam({
      ...search,
      parts: [{ part: 'p0-b1', round: 3, parent: 'v3', doing: 'asking the critic' }],
      dropped: [gone, { ...gone, reason: 'no placeholders' }],
    });
    expect(
      items.filter(({ kind }) => kind !== 'candidate').map(({ key, parent, column }) => [key, parent, column]),
    ).toEqual([
      ['dropped 2 v1', 'v1', 2],
      ['part 3 p0-b1', 'v3', 3],
    ]);
  });

  it('shows each item once and in a place of its own, whatever they say of their parents', () => {
    const version = fc.integer({ min: 0, max: 9 }).map((number) => `v${number}`);
    const anyCandidate = fc
      .tuple(version, fc.option(version), fc.integer({ min: 0, max: 4 }))
      .map(([own, parent, round]) => candidate(own, parent, round));
    fc.assert(
      fc.property(fc.uniqueArray(anyCandidate, { selector: (one) => one.version }), (some) => {
        const { items } = layOutBeam({ ...search, candidates: some });
        expect(items).toHaveLength(some.length);
        expect(new Set(items.map(({ column, row }) => `${column}/${row}`)).size).toBe(some.length);
      }),
      { numRuns: 200 },
    );
  });
});

it.each([
  ['v0', 'child', 'v1'],
  ['v4', 'parent', 'v1'],
  ['v4', 'next', 'v3'],
  ['v1', 'previous', undefined],
  ['v5', 'first', 'v0'],
  ['v0', 'last', 'v5'],
  ['v3', 'child', undefined],
  ['unknown', 'next', 'v0'],
] as const)('from %s the %s is %s', (version, step, expected) => {
  expect(stepInBeam(layOutBeam(search), version, step)).toBe(expected);
});
