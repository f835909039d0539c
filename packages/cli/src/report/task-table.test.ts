import { describe, expect, it } from 'vitest';
import { searchEvents, started, viewOf } from '../test-data/report-events.ts';
import { taskTables } from './task-table.ts';

describe('taskTables()', () => {
  it('compares what the run began with and the best, task by task, on both sets', () => {
    const [heldOut, validation] = taskTables(viewOf(searchEvents()));
    expect(heldOut).toMatchObject({
      set: 'held-out',
      versions: ['v0', 'v2'],
      counts: { tasks: 4, fixed: 3, broke: 1, same: 0, unknown: 0 },
    });
    // Those that were broken first.
    expect(heldOut!.rows.map(({ row, change }) => [row, change])).toEqual([
      [2, 'broke'],
      [0, 'fixed'],
      [1, 'fixed'],
      [3, 'fixed'],
    ]);
    expect(validation).toMatchObject({
      versions: ['v0', 'v1', 'v2'],
      counts: { tasks: 4, fixed: 2, broke: 1, same: 0, unknown: 1 },
    });
    // A candidate that was scored on a sample has no cell for the other tasks; a task that failed says so.
    const last = validation!.rows.find(({ row }) => row === 3)!;
    expect(last.cells).toEqual([{ reward: 0.5, hasFailed: false }, null, { reward: null, hasFailed: true }]);
  });

  it('lists a part of a large set and counts all of it', () => {
    const rows = Array.from({ length: 5000 }, (_, row) => row);
    const events = searchEvents().map((event) =>
      event.type === 'evaluation-ended' && event.mode === 'test'
        ? {
            ...event,
            rows,
            results: event.results.map((result, index) => ({
              ...result,
              rewards: rows.map((row) => (row % 10 === 0 ? index : 1)),
              rolloutIds: rows.map(String),
            })),
          }
        : event,
    );
    expect(taskTables(viewOf(events))[0]).toMatchObject({
      listed: 60,
      counts: { tasks: 5000, fixed: 500, same: 4500 },
    });
  });

  it('is empty where there is nothing to compare', () => {
    expect(taskTables(viewOf([started()]))).toEqual([]);
    expect(taskTables(viewOf(searchEvents().slice(0, 6)))).toEqual([]);
  });
});
