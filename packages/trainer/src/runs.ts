// Looking at runs from outside.
export { checkRun, listRuns, type RunStatus, type RunSummary, readRun } from './run-directory/read-run.ts';
export { BUDGET_VARIABLE, FORCE_VARIABLE, RESUME_VARIABLE } from './run-directory/resume-request.ts';
