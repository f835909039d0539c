import { isLightningError } from '@agentlightning/core';
import { configRunsDirectory, shownPath } from '@agentlightning/trainer/runs';
import type { CliContext } from '../cli-context.ts';

/** Where `agl run` makes runs when nobody says otherwise. */
const USUAL = 'runs';

/**
 * Where runs are looked for, in the order in which `agl run` decides where to make them: what the environment says, what the config of this folder says, `runs`. A config
 * that cannot be loaded keeps nobody from his runs: it is a warning.
 */
export async function runsDirectory({ env, stderr }: Pick<CliContext, 'env' | 'stderr'>): Promise<string> {
  const given = env['AGL_RUNS_DIRECTORY'];
  if (given) return given;
  try {
    const configured = await configRunsDirectory();
    return configured === undefined ? USUAL : shownPath(configured);
  } catch (error) {
    if (!isLightningError(error)) throw error;
    stderr.write(
      `warning: runs are looked for in ${USUAL}, as the config cannot be asked for its runsDirectory: ${error.message}\n`,
    );
    return USUAL;
  }
}
