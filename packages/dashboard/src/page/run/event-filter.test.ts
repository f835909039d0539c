import type { JournalEntry } from '@agentlightning/core/run';
import { expect, it } from 'vitest';
import { FilteredEvents } from './event-filter.ts';

const entries: JournalEntry[] = [
  { time: 1, type: 'model-calls', count: 1 },
  { time: 2, type: 'warning', message: 'The disk is nearly FULL' },
  { time: 3, type: 'run-ended', stopReason: 'completed' },
];

it('shows all but counters, one kind, or what holds a text', () => {
  const shown = (kind: 'all' | 'counter' | 'problem', text = '') =>
    new FilteredEvents({ kind, text }, []).update(entries);
  expect(shown('all')).toEqual([1, 2]);
  expect(shown('counter')).toEqual([0]);
  expect(shown('problem')).toEqual([1]);
  expect(shown('all', ' full ')).toEqual([1]);
});

it('goes on with what is new, and begins anew with other events', () => {
  const filtered = new FilteredEvents({ kind: 'all', text: '' }, []);
  expect(filtered.update(entries)).toEqual([1, 2]);
  entries.push({ time: 4, type: 'warning', message: 'again' });
  expect(filtered.update(entries)).toEqual([1, 2, 3]);
  expect(filtered.update([entries[1]!])).toEqual([0]);
});
