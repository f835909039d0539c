import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newestRun } from '@agentlightning/trainer/runs';
import type { CliContext } from '../cli-context.ts';
import { runsDirectory } from './runs-directory.ts';

/**
 * The directory of the run that is meant: a path, or a name where runs are kept; by default the newest run there.
 * @throws LightningError `NOT_FOUND` if there is none by default; a path is not looked at
 */
export async function runPath(given: string | undefined, context: Pick<CliContext, 'env' | 'stderr'>): Promise<string> {
  if (given !== undefined && existsSync(given)) return given;
  const parent = await runsDirectory(context);
  if (given === undefined) return await newestRun(parent);
  return existsSync(join(parent, given)) ? join(parent, given) : given;
}
