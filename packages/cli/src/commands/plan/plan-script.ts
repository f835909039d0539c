import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  formatRunPlan,
  PLAN_ASSUMPTIONS_VARIABLE,
  PLAN_VARIABLE,
  type PlanAssumptions,
  type RunPlan,
} from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';

/** Starts a script that is to tell its plan. @returns the exit status */
export async function planScript(
  [script, ...args]: readonly [string, ...string[]],
  { json, assume }: { readonly json: true | undefined; readonly assume: PlanAssumptions },
  { stdout, env }: Pick<CliContext, 'stdout' | 'env'>,
): Promise<number> {
  if (!existsSync(script)) throw new CliError(`There is no script ${resolve(script)}`);
  const folder = await mkdtemp(join(tmpdir(), 'agl-plan-'));
  try {
    const path = join(folder, 'plan.json');
    // What the script says goes to standard error: only the plan is the answer.
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 2, 2],
      env: { ...env, [PLAN_VARIABLE]: path, [PLAN_ASSUMPTIONS_VARIABLE]: JSON.stringify(assume) },
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (!existsSync(path)) {
      const status = code ?? 128 + constants.signals[signal!];
      throw new CliError(
        `The script ${resolve(script)} ended with ${status} before it began a run. A config has a name that ends in .config.ts`,
      );
    }
    const plan = JSON.parse(await readFile(path, 'utf8')) as RunPlan;
    stdout.write(json ? `${JSON.stringify(plan)}\n` : formatRunPlan(plan));
    return EXIT_CODES.done;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
