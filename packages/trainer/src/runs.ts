// Looking at runs from outside.

export type { RunDetails, RunStatus } from '@agentlightning/core/run';
// Asking a script for its plan.
export { PLAN_ASSUMPTIONS_VARIABLE, PLAN_VARIABLE } from './budget/plan-request.ts';
export type { PlanAssumptions, RunPlan } from './budget/plan-run.ts';
// Where a config has them kept.
export { configRunsDirectory } from './config/config-runs-directory.ts';
export { JOURNAL_FILE } from './run-directory/file-names.ts';
export { type FollowJournalOptions, followJournal } from './run-directory/follow-journal.ts';
export type { JournalItem } from './run-directory/journal-reader.ts';
export { STORE_FILE } from './run-directory/open-run-store.ts';
export { checkRun, listRuns, type RunSummary, readRun } from './run-directory/read-run.ts';
export { newestRun, readBestPromptText, readRunDetails } from './run-directory/read-run-details.ts';
export { readRunView } from './run-directory/read-run-view.ts';
export { readTaskInputs } from './run-directory/read-task-inputs.ts';
export { BUDGET_VARIABLE, FORCE_VARIABLE, RESUME_VARIABLE } from './run-directory/resume-request.ts';
export { shownPath } from './shown-path.ts';
export { formatRunPlan } from './terminal/format-plan.ts';
export { visibleLine, visibleText } from './terminal/terminal-text.ts';
