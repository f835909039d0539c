import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import {
  BUDGET_VARIABLE,
  checkRun,
  FORCE_VARIABLE,
  JOURNAL_FILE,
  RESUME_VARIABLE,
  readRun,
} from '@agentlightning/trainer/runs';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import { budgetOf } from '../budget-options.ts';
import type { ResumeArguments } from '../resume.ts';
import { runPath } from '../run-path.ts';

/** Starts the script of a run again. @returns its exit status */
export async function resumeRun(
  given: string,
  { force, quiet, json, ...limits }: ResumeArguments,
  context: CliContext,
): Promise<number> {
  const run = await readRun(await runPath(given, context));
  if (run.status === 'running') {
    const who = run.pid === null ? 'another process' : `process ${run.pid}`;
    throw new CliError(
      `The run ${run.runId} is running: ${who} works on it. Wait until it ends, or stop it`,
      EXIT_CODES.inUse,
    );
  }
  const { script, arguments: args, directory: cwd } = run.command;
  if (script === null || !existsSync(script)) {
    throw new CliError(
      `Cannot resume the run ${run.runId} as the script that started it is not there: ${script ?? 'it was started without one'}. Call fit() with runDirectory: '${run.directory}' and resume: true`,
    );
  }
  if (!existsSync(cwd)) {
    throw new CliError(
      `Cannot resume the run ${run.runId} as the directory in which it was started is not there: ${cwd}. Make it again, or call fit() with runDirectory: '${run.directory}' and resume: true`,
    );
  }
  const shownArgs = argumentsFor({ script, args }, { quiet, json });
  checkRun(run);
  const budget = budgetOf(limits);
  const before = lastNoteIn(run.directory);
  const child = spawn(process.execPath, [script, ...shownArgs], {
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
    if (code === 0 && lastNoteIn(run.directory) === before) {
      throw new CliError(
        `The script ${script} ended with 0 and did not go on with the run ${run.runId}: it called no fit() that keeps a run`,
      );
    }
    return code ?? 128 + constants.signals[signal!];
  } finally {
    stopListening();
  }
}

/** Another one as soon as a process has told that it works on the run, also if all of it was done. */
function lastNoteIn(directory: string): string {
  const journal = statSync(join(directory, JOURNAL_FILE), { throwIfNoEntry: false });
  return journal === undefined ? '' : `${journal.mtimeMs} ${journal.size}`;
}

/** How `agl run` is to show a run is nothing that the run was begun with. @throws CliError for a script, which knows no such option */
function argumentsFor(
  { script, args }: { readonly script: string; readonly args: readonly string[] },
  { quiet, json }: { readonly quiet: true | undefined; readonly json: true | undefined },
): readonly string[] {
  const wanted = [...(quiet ? ['--quiet'] : []), ...(json ? ['--json'] : [])];
  if (wanted.length === 0) return args;
  const isAgl = /^agl(?:\.[jt]s)?$/.test(basename(script)) && args[0] === 'run';
  if (isAgl) return [...args.filter((argument) => argument !== '--quiet' && argument !== '--json'), ...wanted];
  throw new CliError(
    `The run was begun by ${script}, which decides by itself what it prints: leave out ${wanted.join(', ')}`,
  );
}
