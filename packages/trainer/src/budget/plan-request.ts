import { writeFileSync } from 'node:fs';
import { checkPlanOptions, type PlanAssumptions, type RunPlan } from './plan-run.ts';

/** Names the file that the first run of this process is to write its plan to, instead of beginning. Set by `agl plan`. */
export const PLAN_VARIABLE = 'AGL_PLAN';

/** What that plan is to assume, as JSON. Set by `agl plan`. */
export const PLAN_ASSUMPTIONS_VARIABLE = 'AGL_PLAN_ASSUMPTIONS';

/**
 * Writes the plan of a run that is about to begin, and ends the process, if that is what it was started for. Ends it, and does not throw: whatever a script does
 * after a run, or after one that failed, might ask a model.
 */
export function tellPlanIfAsked(
  plan: (assume: PlanAssumptions) => RunPlan,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const path = env[PLAN_VARIABLE];
  if (!path) return;
  const assume = JSON.parse(env[PLAN_ASSUMPTIONS_VARIABLE] || '{}') as PlanAssumptions;
  checkPlanOptions(assume);
  writeFileSync(path, JSON.stringify(plan(assume)), { flag: 'wx', mode: 0o600 });
  process.exit(0);
}
