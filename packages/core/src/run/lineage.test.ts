import { expect, it } from 'vitest';
import { lineageOf } from './lineage.ts';
import type { CandidateView } from './run-view.ts';

const candidate = (version: string, parent: string | null) => ({ version, parent }) as CandidateView;
const versions = (candidates: readonly CandidateView[], version: string | null | undefined) =>
  lineageOf(candidates, version).map((known) => known.version);

it('goes from a candidate up to the first one, as far as they are known, and round a circle once', () => {
  const search = [candidate('v0', null), candidate('v1', 'v0'), candidate('v2', 'v1'), candidate('v9', 'v8')];
  expect(versions(search, 'v2')).toEqual(['v2', 'v1', 'v0']);
  expect(versions(search, 'v9')).toEqual(['v9']);
  expect([versions(search, 'v7'), versions(search, null), versions(search, undefined)]).toEqual([[], [], []]);
  expect(versions([candidate('a', 'b'), candidate('b', 'a')], 'a')).toEqual(['a', 'b']);
  expect(versions([candidate('', null), candidate('v1', null)], 'v1')).toEqual(['v1']);
});
