import { type Budget, checkBudget } from '../budget/budget.ts';

/** Names the directory of the run that the next `fit()` of this process is to go on with. Set by `agl resume`. */
export const RESUME_VARIABLE = 'AGL_RESUME';
/** Set beside it when the run may have changed. */
export const FORCE_VARIABLE = 'AGL_RESUME_FORCE';

/** Set beside it when the run may spend more: limits as JSON, see `Budget`. */
export const BUDGET_VARIABLE = 'AGL_RESUME_BUDGET';

/** What somebody asked for from outside. */
export interface ResumeRequest {
  readonly runDirectory: string;
  readonly resume: true | 'force';
  /** Limits that come before those of the script. */
  readonly budget: Budget | undefined;
}

let wasRequested = false;

/** Whether this process was started to go on with a run, and has begun to. */
export function isResumedFromOutside(): boolean {
  return wasRequested;
}

/** Takes the request out of the environment: it is for one run. `undefined` if there is none. */
export function takeResumeRequest(env: NodeJS.ProcessEnv = process.env): ResumeRequest | undefined {
  const runDirectory = env[RESUME_VARIABLE];
  if (!runDirectory) return undefined;
  wasRequested = true;
  const resume = env[FORCE_VARIABLE] ? 'force' : true;
  const budget = env[BUDGET_VARIABLE] ? (JSON.parse(env[BUDGET_VARIABLE]) as Budget) : undefined;
  delete env[RESUME_VARIABLE];
  delete env[FORCE_VARIABLE];
  delete env[BUDGET_VARIABLE];
  if (budget !== undefined) checkBudget('Cannot resume the run', budget);
  return { runDirectory, resume, budget };
}
