import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const RUNNER_THREAD = 'agentlightning.runner-thread';

/**
 * Whether this code runs in a thread that executes agents (or in a thread that such a thread started). A training run cannot be started
 * there: the module that starts one was imported for the agent it exports.
 */
export function isRunnerThread(): boolean {
  return getEnvironmentData(RUNNER_THREAD) === true;
}

/** Makes {@link isRunnerThread} true from here on. Called once per runner thread, before the agent's module is imported. */
export function markRunnerThread(): void {
  // Environment data rather than a global: every copy of this package sees it, and threads started by an agent inherit it.
  setEnvironmentData(RUNNER_THREAD, true);
}
