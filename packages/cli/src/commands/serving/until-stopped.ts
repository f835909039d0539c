import type { CliContext, StopSignal } from '../../cli-context.ts';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';

/**
 * Runs what serves somebody until a signal comes. A second signal ends the process at once.
 *
 * @param serve - resolves once it has ended what it serves, after `stopped` has resolved
 * @returns the exit status that tells which signal it was
 */
export async function untilStopped(
  context: CliContext,
  serve: (stopped: Promise<StopSignal>) => Promise<void>,
): Promise<ExitCode> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<StopSignal>();
  let signals = 0;
  const ignoreSignals = context.onStopSignal((signal) => {
    signals += 1;
    if (signals === 1) stop(signal);
    // Whoever asks twice does not want to wait.
    else context.exit(exitCodeOfSignal(signal));
  });
  try {
    await serve(stopped);
    return exitCodeOfSignal(await stopped);
  } finally {
    ignoreSignals();
  }
}

function exitCodeOfSignal(signal: StopSignal): ExitCode {
  return EXIT_CODE_OF_SIGNAL[signal];
}

const EXIT_CODE_OF_SIGNAL = {
  SIGHUP: EXIT_CODES.hungUp,
  SIGINT: EXIT_CODES.interrupted,
  SIGTERM: EXIT_CODES.terminated,
} as const satisfies Record<StopSignal, ExitCode>;
