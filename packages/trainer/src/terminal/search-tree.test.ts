import { emptyRunView, type RunView, updateRunView } from '@agentlightning/core/run';
import { describe, expect, it } from 'vitest';
import { proposed, says, scored } from '../../test/fixtures/events-of-a-search.ts';
import type { TrainerEvent } from '../trainer-event.ts';
import { searchTree } from './search-tree.ts';

const viewOf = (...events: readonly TrainerEvent[]): RunView =>
  events.reduce((view: RunView, event) => updateRunView(view, event as never), emptyRunView);

const drawn = (view: RunView, most: number) =>
  searchTree(view, most).rows.map(({ branch, candidate }) => branch + candidate.version);

describe('searchTree()', () => {
  const search = viewOf(
    proposed('v0', null, 0),
    ...['v1', 'v2', 'v3', 'v4'].map((version) => proposed(version, 'v0', 1)),
    scored('v1', 0.2),
    scored('v2', 0.9),
    scored('v3', 0.4),
    scored('v4', 0.3),
    says({ type: 'beam-chosen', round: 1, versions: ['v2', 'v3'] }),
    proposed('v5', 'v2', 2),
    proposed('v6', 'v3', 2),
    scored('v5', 0.8, { dataset: 'val' }),
    { type: 'best', score: 0.8, interval: [0.7, 0.9], tasks: 80, version: 'v5', candidate: {} },
  );

  it('shows every candidate under its parent where there is room', () => {
    expect(drawn(search, 20)).toEqual(['v0', '├ v1', '├ v2', '│ └ v5', '├ v3', '│ └ v6', '└ v4']);
  });

  it('keeps the best with its ancestors, then the beam, then what is being tried, then the best of the others', () => {
    expect(drawn(search, 3)).toEqual(['v0', '└ v2', '  └ v5']);
    expect(drawn(search, 4)).toEqual(['v0', '├ v2', '│ └ v5', '└ v3']);
    expect(drawn(search, 6)).toEqual(['v0', '├ v2', '│ └ v5', '├ v3', '│ └ v6', '└ v4']);
    expect(searchTree(search, 4)).toMatchObject({ hidden: 3, rows: [{}, {}, { isBest: true }, {}] });
  });

  it('shows what hangs on nobody known, or on itself, by itself', () => {
    const view = viewOf(proposed('a', 'b', 1), proposed('b', 'a', 1), proposed('c', 'c', 1), proposed('d', 'gone', 1));
    expect(drawn(view, 9)).toEqual(['a', '└ b', 'c', 'd']);
  });
});
