export type { CliContext, StopSignal } from './cli-context.ts';
export { EXIT_CODES, type ExitCode } from './exit-codes.ts';
export { main } from './main.ts';
