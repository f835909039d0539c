import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newestRun } from '@agentlightning/trainer/runs';
import type { CliContext } from '../cli-context.ts';

/**
 * The directory of the run that is meant: a path, or a name below the directory of runs; by default the newest run there.
 * @throws LightningError `NOT_FOUND` if there is none by default; a path is not looked at
 */
export async function runPath(given: string | undefined, { env }: Pick<CliContext, 'env'>): Promise<string> {
  const parent = env['AGL_RUNS_DIRECTORY'] || 'runs';
  const named = given ?? (await newestRun(parent));
  return !existsSync(named) && existsSync(join(parent, named)) ? join(parent, named) : named;
}
