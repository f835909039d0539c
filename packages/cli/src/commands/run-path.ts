import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isLightningError } from '@agentlightning/core';
import { newestRun, shownPath } from '@agentlightning/trainer/runs';
import { callOf } from '../call-of.ts';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../exit-codes.ts';
import { runsDirectory } from './runs-directory.ts';

/**
 * The directory of the run that is meant: a path, or a name where runs are kept; by default the newest run there.
 * @throws CliError if there is none; whether a path that is there is a run is not looked at
 */
export async function runPath(given: string | undefined, context: Pick<CliContext, 'env' | 'stderr'>): Promise<string> {
  if (given !== undefined && existsSync(given)) return given;
  const parent = await runsDirectory(context);
  if (given === undefined) return await newestIn(parent, context);
  if (existsSync(join(parent, given))) return join(parent, given);
  throw new CliError(
    `There is no run in ${shownPath(resolve(given))}, and none of that name in ${parent}: ${callOf(context.env)} runs lists those that there are`,
  );
}

async function newestIn(parent: string, { env }: Pick<CliContext, 'env'>): Promise<string> {
  try {
    return await newestRun(parent);
  } catch (error) {
    if (!isLightningError(error, 'NOT_FOUND')) throw error;
    const message = `There is no run in ${shownPath(resolve(parent))} yet: ${callOf(env)} run begins one`;
    throw new CliError(message, undefined, { cause: error });
  }
}
