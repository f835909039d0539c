import { setImmediate } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { type CliContext, processContext } from './cli-context.ts';
import { CliError, codeOf, EXIT_CODES, exitCodeOf } from './exit-codes.ts';
import { createProgram } from './program.ts';

/**
 * Runs `agl` with these arguments, without the names of Node and of the program, and resolves to its exit status when it is done. Never
 * rejects: what goes wrong is written to standard error.
 * @param context - default: this process
 */
export async function main(args: readonly string[], context: CliContext = processContext()): Promise<number> {
  return await unlessLost(await runCommand(args, context), context);
}

async function runCommand(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT_CODES.done;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // It has said what was wrong; its own status is 1 for everything, and 0 when help was asked for.
      return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
    }
    context.stderr.write(`${describe(error)}\n`);
    return exitCodeOf(error);
  }
}

/** An answer that did not get where it was sent is none, whatever the command came to otherwise. */
async function unlessLost(exitCode: number, context: CliContext): Promise<number> {
  // A stream tells of it after the write.
  await setImmediate();
  const error = context.whyLost();
  if (error === undefined) return exitCode;
  context.stderr.write(`error: The output is not complete: ${error.message}\n`);
  return exitCode === EXIT_CODES.done ? EXIT_CODES.stateUnreadable : exitCode;
}

/** A stack only where somebody has to look for a defect. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const code = codeOf(error);
  // Every other code says what happened, and where it is no fault of this command: in the agent, for instance.
  const isExplained = code !== undefined && code !== 'INTERNAL';
  const isBug = !(error instanceof CliError) && exitCodeOf(error) === EXIT_CODES.bug && !isExplained;
  return `error: ${isBug ? (error.stack ?? error.message) : withoutControls(error.message)}`;
}

/** A message may quote what a server has answered, and a terminal would obey it. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, (control) => `\\x${control.codePointAt(0)!.toString(16).padStart(2, '0')}`);
}
