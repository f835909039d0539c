import {
  checkNumberOption,
  type ExecutionJob,
  type ExecutionOutcome,
  type ExecutionStrategy,
} from '@agentlightning/core';
import {
  type ClientServerExecutionOptions,
  type ResolvedClientServerOptions,
  resolveClientServerOptions,
} from './client-server/client-server-options.ts';
import { readExecutionEnvironment } from './environment.ts';

/**
 * Keeps algorithm and agents apart: the store is served over HTTP on this machine, agents run in worker threads, or on other machines, and reach
 * it as clients. What runs where is decided by `role`, `mainProcess` and `isolation`.
 *
 * Agents, hooks and tracers need a source, see `ModuleSource`: a thread imports them from their module. An agent that cannot be loaded fails
 * the run before any rollout. Threads get a copy of the environment, so agents find `OPENAI_API_KEY` there.
 *
 * Mirrors upstream `ClientServerExecutionStrategy` (v0.3.0), whose defaults were port 4747 and no token.
 *
 * @example
 * const trainer = new Trainer({ algorithm, strategy: new ClientServerExecutionStrategy({ mainProcess: 'runner' }) });
 */
export class ClientServerExecutionStrategy implements ExecutionStrategy {
  readonly name = 'client-server';
  readonly #options: ResolvedClientServerOptions;

  /**
   * Reads no environment, see {@link fromEnvironment}.
   * @throws TypeError, RangeError for options that are unknown, out of range, or contradict each other; roles `algorithm` and `runner` without
   * `port` and `token` among them
   */
  constructor(options: ClientServerExecutionOptions = {}) {
    this.#options = resolveClientServerOptions(options);
  }

  /**
   * A strategy whose role, host, port and token come from the environment where `options` leave them out, so that one script serves several
   * machines: `AGL_CURRENT_ROLE=runner AGL_SERVER_HOST=… AGL_SERVER_PORT=… AGL_TOKEN=… node train.ts`.
   *
   * @param env - default: `process.env`; see `readExecutionEnvironment()`
   */
  static fromEnvironment(
    options: ClientServerExecutionOptions = {},
    env: NodeJS.ProcessEnv = process.env,
  ): ClientServerExecutionStrategy {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return new ClientServerExecutionStrategy({ ...readExecutionEnvironment(env), ...Object.fromEntries(given) });
  }

  get runsAlgorithm(): boolean {
    return this.#options.role !== 'runner';
  }

  get runsAgents(): boolean {
    return this.#options.role !== 'algorithm';
  }

  async execute(job: ExecutionJob): Promise<ExecutionOutcome> {
    checkNumberOption('Cannot execute the job', 'nRunners', job.runner.nRunners, { integer: true, min: 1 });
    const run = await this.#loadRole();
    return await run(job, this.#options);
  }

  /** Loaded here and not above: every runner thread whose agent imports a strategy would load pools and servers for nothing. */
  async #loadRole(): Promise<(job: ExecutionJob, options: ResolvedClientServerOptions) => Promise<ExecutionOutcome>> {
    const { role, mainProcess } = this.#options;
    switch (role) {
      case 'both':
        return mainProcess === 'algorithm'
          ? (await import('./client-server/algorithm-here.ts')).runAlgorithmHere
          : (await import('./client-server/runners-here.ts')).runRunnersHere;
      case 'algorithm':
        return (await import('./client-server/serve-algorithm.ts')).serveAlgorithm;
      case 'runner':
        return (await import('./client-server/join-as-runners.ts')).joinAsRunners;
      default:
        return role satisfies never;
    }
  }
}
