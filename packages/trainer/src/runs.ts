// Looking at runs from outside.

// Asking a script for its plan.
export { PLAN_VARIABLE } from './budget/plan-request.ts';
export type { RunPlan } from './budget/plan-run.ts';
export { checkRun, listRuns, type RunStatus, type RunSummary, readRun } from './run-directory/read-run.ts';
export { BUDGET_VARIABLE, FORCE_VARIABLE, RESUME_VARIABLE } from './run-directory/resume-request.ts';
export { formatRunPlan } from './terminal/format-plan.ts';
