import { failpoint, isLightningError } from '@agentlightning/core';
import type { FitResult } from '../fit-result.ts';
import type { TrainerEvent } from '../trainer-event.ts';
import { pausedRun } from './paused-run.ts';
import type { RunDirectory } from './run-directory.ts';

/**
 * Has a run leave what it comes to in its directory: events, each better prompt, the result. A new run that broke off before it asked for any
 * rollout and any model leaves nothing.
 *
 * @param isResumable - whether it can go on later; it then says so where that is of use
 * @param execute - runs, and tells what happens
 */
export async function keepingIn<R>(
  { directory, isResumable }: { readonly directory: RunDirectory; readonly isResumable: boolean },
  publish: (event: TrainerEvent) => void,
  execute: (publish: (event: TrainerEvent) => void) => Promise<FitResult<R>>,
): Promise<FitResult<R>> {
  let hasBegun = directory.isResumed;
  const tell = (event: TrainerEvent): void => {
    hasBegun ||= event.type === 'evaluation-started' || event.type === 'model-calls';
    if (event.type === 'best') directory.keepBest(event);
    directory.tell(event);
    publish(event);
    if (event.type !== 'run-started') return;
    for (const message of directory.mended) {
      const warning = { type: 'warning', message } as const;
      directory.tell(warning);
      publish(warning);
    }
  };
  try {
    const run = await execute(tell);
    failpoint('run.beforeResult');
    directory.keepResult(run);
    await directory.close();
    return run;
  } catch (error) {
    // What another process works on is that one's to write.
    if (!isLightningError(error, 'STORE_IN_USE')) {
      directory.tell({
        type: 'run-failed',
        error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      });
    }
    await directory.close().catch(() => {
      // The run has an error of its own.
    });
    if (hasBegun) throw isResumable ? pausedRun(error, directory.path) : error;
    await directory.discard();
    throw error;
  }
}
