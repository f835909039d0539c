import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { BUDGET_VARIABLE, checkRun, FORCE_VARIABLE, RESUME_VARIABLE, readRun } from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import { type BudgetArguments, budgetOf } from '../budget-options.ts';

/** Starts the script of a run again. @returns its exit status */
export async function resumeRun(
  directory: string,
  { force, ...limits }: BudgetArguments & { readonly force?: true },
  context: CliContext,
): Promise<number> {
  const run = await readRun(directory);
  if (run.status === 'running') {
    const who = run.pid === null ? 'another process' : `process ${run.pid}`;
    throw new CliError(`The run ${run.runId} is running: ${who} works on it`, EXIT_CODES.inUse);
  }
  const { script, arguments: args, directory: cwd } = run.command;
  if (script === null || !existsSync(script)) {
    throw new CliError(
      `Cannot resume the run ${run.runId} as the script that started it is not there: ${script ?? 'it was started without one'}. Call fit() with runDirectory: '${run.directory}' and resume: true`,
    );
  }
  checkRun(run);
  const budget = budgetOf(limits);
  const child = spawn(process.execPath, [script, ...args], {
    cwd,
    stdio: 'inherit',
    env: {
      ...context.env,
      [RESUME_VARIABLE]: run.directory,
      ...(force ? { [FORCE_VARIABLE]: '1' } : {}),
      ...(budget === undefined ? {} : { [BUDGET_VARIABLE]: JSON.stringify(budget) }),
    },
  });
  // The terminal's Ctrl-C reaches the script by itself, what others send to this process does not. `fit()` takes both together for one.
  const stopListening = context.onStopSignal((signal) => void child.kill(signal));
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    stopListening();
  }
}
