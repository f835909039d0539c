// Reading `agl.config.ts`, and running what it says.

export { findConfig } from './config/find-config.ts';
export { type LoadedConfig, loadConfig } from './config/load-config.ts';
export type { FitResult } from './fit-result.ts';
export { eventLines } from './run-directory/event-lines.ts';
export { formatRunPlan } from './terminal/format-plan.ts';
export { formatRunSummary, type SummarisedResult } from './terminal/run-summary.ts';
export { readTerminalEnvironment } from './terminal/terminal-environment.ts';
export { TerminalProgress } from './terminal/terminal-progress.ts';
export { Trainer } from './trainer.ts';
