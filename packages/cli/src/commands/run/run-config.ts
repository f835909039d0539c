import { resolve } from 'node:path';
import { isLightningError, type LightningError, type NamedResources } from '@agentlightning/core';
import { shellWord } from '@agentlightning/core/run';
import {
  eventLines,
  findConfig,
  type LoadedConfig,
  loadConfig,
  TerminalProgress,
  Trainer,
} from '@agentlightning/trainer/config';
import { shownPath } from '@agentlightning/trainer/runs';
import { callOf } from '../../call-of.ts';
import type { CliContext } from '../../cli-context.ts';
import { CliError, EXIT_CODES } from '../../exit-codes.ts';
import { budgetOf } from '../budget-options.ts';
import type { RunArguments } from '../run.ts';
import { warnIfLeftOpen } from './left-open.ts';
import { runReport } from './run-report.ts';

/** Runs what a config says. @returns the exit status */
export async function runConfig(
  given: string | undefined,
  options: RunArguments,
  { context, commands }: { readonly context: CliContext; readonly commands: readonly string[] },
): Promise<number> {
  // Before anything of the user is loaded, which may print.
  context.divertPrints();
  const config = await loadConfig(findConfig(given));
  try {
    return await runLoaded(config, options, { context, commands });
  } finally {
    await config.close();
    warnIfLeftOpen(config.path, context.stderr);
  }
}

async function runLoaded(
  config: LoadedConfig,
  options: RunArguments,
  { context, commands }: { readonly context: CliContext; readonly commands: readonly string[] },
): Promise<number> {
  const { stdout, stderr } = context;
  const { quiet = false, json = false } = options;
  const { trainerOptions, agent, trainDataset, fitOptions } = config;
  const { initialResources = {}, label } = trainerOptions;
  const lineOf = eventLines(initialResources);
  try {
    const trainer = new Trainer({ ...trainerOptions, ...overridesOf(options) });
    const budget = budgetOf(options);
    const stream = trainer.stream(agent, trainDataset, {
      ...fitOptions,
      ...(budget === undefined ? {} : { budget }),
      ...directoryOf(config, options, context.env),
    });
    const progress = quiet
      ? undefined
      : new TerminalProgress({ output: stderr, ...(label === undefined ? {} : { label }) });
    let bestCandidate: NamedResources | undefined;
    try {
      for await (const event of stream) {
        progress?.show(event);
        if (event.type === 'best') bestCandidate = event.candidate;
        if (json) stdout.write(lineOf(event));
      }
    } finally {
      progress?.close();
    }
    const run = await stream.result;
    if (json) stdout.write(lineOf({ type: 'result', ...run }));
    else if (quiet) stdout.write(run.runDirectory === null ? '' : `${run.runDirectory}\n`);
    else stdout.write(`\n${runReport({ run, initialResources, bestCandidate, label, commands, context })}`);
    return statusOf(run.stopReason);
  } catch (error) {
    if (json) stdout.write(lineOf({ type: 'run-failed', ...failureOf(error) }));
    throw isLightningError(error, 'CONFLICT') ? isTaken(error, context.env) : error;
  }
}

/** In the words of a command line. */
function isTaken(error: LightningError, env: CliContext['env']): unknown {
  const { path, runId } = error.details;
  if (typeof path !== 'string') return error;
  const shown = shellWord(shownPath(path));
  return new CliError(
    `There is a run in ${shown} already (${String(runId)}): go on with it by ${callOf(env)} resume ${shown}, or give another --run-directory`,
    EXIT_CODES.usage,
    { cause: error },
  );
}

function overridesOf({ runners, seed }: RunArguments): { readonly nRunners?: number; readonly seed?: number } {
  return { ...(runners === undefined ? {} : { nRunners: runners }), ...(seed === undefined ? {} : { seed }) };
}

/** The command line before the environment, and that before the config. */
function directoryOf(
  { runsDirectory }: LoadedConfig,
  { runDirectory }: RunArguments,
  env: CliContext['env'],
): { readonly runDirectory?: string; readonly runsDirectory?: string } {
  if (runDirectory !== undefined) return { runDirectory: resolve(runDirectory) };
  return runsDirectory === undefined || env['AGL_RUNS_DIRECTORY'] ? {} : { runsDirectory };
}

function failureOf(error: unknown): { readonly code: string | null; readonly message: string } {
  return {
    code: isLightningError(error) ? error.code : null,
    message: error instanceof Error ? error.message : String(error),
  };
}

/** The trainer has set the status of a process that was stopped. */
function statusOf(stopReason: string): number {
  if (stopReason === 'interrupted') return Number(process.exitCode ?? EXIT_CODES.interrupted);
  return stopReason === 'budget' ? EXIT_CODES.budgetReached : EXIT_CODES.done;
}
