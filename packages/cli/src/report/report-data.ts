import type { RunDetails, RunView } from '@agentlightning/core/run';
import { readRunDetails, readRunView, readTaskInputs } from '@agentlightning/trainer/runs';
import { taskTables } from './task-table.ts';

/** All that a report is made of. */
export interface ReportData {
  readonly details: RunDetails;
  readonly view: RunView;
  /** What the tasks in the report are, by the ids of rollouts that were given them; one that is not known is not there. */
  readonly inputs: ReadonlyMap<string, unknown>;
  /** When it was made, in seconds since the Unix epoch. */
  readonly madeAt: number;
}

/**
 * Reads from the directory of a run what a report says about it, also while it is running.
 * @throws LightningError as `readRunDetails()`
 */
export async function readReportData(directory: string, madeAt: number): Promise<ReportData> {
  const details = await readRunDetails(directory);
  const view = readRunView(details.directory);
  const ids = taskTables(view).flatMap(({ rows, listed }) => rows.slice(0, listed).map(({ rolloutId }) => rolloutId));
  return { details, view, inputs: await readTaskInputs(details.directory, ids), madeAt };
}
