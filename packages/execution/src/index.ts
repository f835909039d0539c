// Strategies

export {
  type ClientServerExecutionOptions,
  EXECUTION_ROLES,
  type ExecutionRole,
  ISOLATIONS,
  type Isolation,
  MAIN_PROCESSES,
  type MainProcess,
} from './client-server/client-server-options.ts';
export { ClientServerExecutionStrategy } from './client-server-strategy.ts';
export { type SharedMemoryExecutionOptions, SharedMemoryExecutionStrategy } from './shared-memory-strategy.ts';

// Where this process or thread stands

export { type ExecutionEnvironment, readExecutionEnvironment } from './environment.ts';
export { isRunnerThread } from './is-runner-thread.ts';
export { wasGivenBack } from './runners/lost-attempts.ts';
export { isWorkerGone } from './runners/worker-id-prefix.ts';
export { siblingUrl } from './worker-thread/sibling-url.ts';
