import { shownPath } from '@agentlightning/trainer/runs';
import type { CliOutput } from '../../cli-context.ts';

/** What a process may take to end by itself. */
const PATIENCE_MS = 3_000;

/** Says why a command does not end, should something that its config has started keep the process. Keeps nothing itself. */
export function warnIfLeftOpen(configPath: string, stderr: CliOutput): void {
  setTimeout(() => {
    stderr.write(
      `agl is done, but something that ${shownPath(configPath)} has started is still open, and keeps this process: end it in its close(). Ctrl-C ends the process\n`,
    );
  }, PATIENCE_MS).unref();
}
