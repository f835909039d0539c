import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyRunView, type JournalEntry, type RunView, updateRunView } from '@agentlightning/core/run';
import { JOURNAL_FILE } from './file-names.ts';

/**
 * What the events of a run's directory add up to; the view of a run nothing is known of, if there are none. Lines that cannot be read are left out: the last one may
 * be half written.
 *
 * @param before - leaves out events from this time on, in seconds since the Unix epoch
 */
export function readRunView(directory: string, before = Infinity): RunView {
  let view = emptyRunView;
  for (const line of linesOf(join(directory, JOURNAL_FILE))) {
    try {
      const { time, ...event } = JSON.parse(line) as JournalEntry;
      if (time < before) view = updateRunView(view, event, time);
    } catch {
      // Nothing but this line is missing.
    }
  }
  return view;
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
