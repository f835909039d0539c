import { describe, expect, it } from 'vitest';
import { pageSpan } from '../../../test/page-spans.ts';
import { layOutWaterfall, visibleRows } from './waterfall.ts';

const rowsOf = (...spans: Parameters<typeof pageSpan>[0][]) =>
  layOutWaterfall(spans.map((span) => pageSpan(span))).rows.map(({ span, depth, start, end, below }) => [
    span.spanId,
    depth,
    start,
    end,
    below,
  ]);

describe('layOutWaterfall()', () => {
  it('puts each span below its parent, in the order of time, which counts from the first', () => {
    expect(
      rowsOf(
        { spanId: 'late', parentId: 'root', startTime: 14, endTime: 15 },
        { spanId: 'grandchild', parentId: 'early', startTime: 12, endTime: 13 },
        { spanId: 'early', parentId: 'root', startTime: 11, endTime: 13 },
        { spanId: 'root', startTime: 10, endTime: 20 },
        { spanId: 'other', startTime: 10.5, endTime: null },
      ),
    ).toEqual([
      ['root', 0, 0, 10, 3],
      ['early', 1, 1, 3, 1],
      ['grandchild', 2, 2, 3, 0],
      ['late', 1, 4, 5, 0],
      ['other', 0, 0.5, null, 0],
    ]);
  });

  it('shows a span whose parent is not there, those that go round in a circle, and those without a time', () => {
    expect(
      rowsOf(
        { spanId: 'orphan', parentId: 'gone', startTime: 5, endTime: 6 },
        { spanId: 'a', parentId: 'b', startTime: 1, endTime: 2 },
        { spanId: 'b', parentId: 'a', startTime: 1, endTime: 2 },
        { spanId: 'self', parentId: 'self', startTime: 7, endTime: 3 },
        { spanId: 'timeless', parentId: 'orphan', startTime: null, endTime: null },
      ),
    ).toEqual([
      ['orphan', 0, 4, 5, 1],
      ['timeless', 1, 4, null, 0],
      ['self', 0, 6, 6, 0],
      ['a', 0, 0, 1, 1],
      ['b', 1, 0, 1, 0],
    ]);
  });

  it('of nothing is nothing, and of spans without times takes no time', () => {
    expect(layOutWaterfall([])).toEqual({ rows: [], duration: 0 });
    expect(layOutWaterfall([pageSpan({ startTime: null, endTime: null })])).toMatchObject({ duration: 0 });
  });

  it('takes ten thousand spans that are each part of the one before', () => {
    const spans = Array.from({ length: 10_000 }, (_, index) =>
      pageSpan({ spanId: `${index}`, parentId: index === 0 ? null : `${index - 1}`, sequenceId: index }),
    );
    expect(layOutWaterfall(spans).rows.at(-1)).toMatchObject({ depth: 9999 });
  });
});

describe('visibleRows()', () => {
  it('leaves out what is below a span that is closed', () => {
    const { rows } = layOutWaterfall([
      pageSpan({ spanId: 'root', startTime: 0 }),
      pageSpan({ spanId: 'child', parentId: 'root', startTime: 1 }),
      pageSpan({ spanId: 'grandchild', parentId: 'child', startTime: 2 }),
      pageSpan({ spanId: 'next', startTime: 3 }),
    ]);
    const shown = (...closed: string[]) => visibleRows(rows, new Set(closed)).map(({ span }) => span.spanId);
    expect(shown()).toEqual(['root', 'child', 'grandchild', 'next']);
    expect(shown('child')).toEqual(['root', 'child', 'next']);
    expect(shown('root', 'child')).toEqual(['root', 'next']);
  });
});
