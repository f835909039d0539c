import { writeFileSync } from 'node:fs';
import type { RunPlan } from './plan-run.ts';

/** Names the file that the first run of this process is to write its plan to, instead of beginning. Set by `agl plan`. */
export const PLAN_VARIABLE = 'AGL_PLAN';

/**
 * Writes the plan of a run that is about to begin, and ends the process, if that is what it was started for. Ends it, and does not throw: whatever a script does
 * after a run, or after one that failed, might ask a model.
 */
export function tellPlanIfAsked(plan: () => RunPlan, env: NodeJS.ProcessEnv = process.env): void {
  const path = env[PLAN_VARIABLE];
  if (!path) return;
  writeFileSync(path, JSON.stringify(plan()), { flag: 'wx', mode: 0o600 });
  process.exit(0);
}
