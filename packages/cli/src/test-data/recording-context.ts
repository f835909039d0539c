import type { CliContext, StopSignal } from '../cli-context.ts';
import type { Prompter } from '../prompter.ts';

/** A context that keeps what is written, and by which a test sends signals. With `answers` somebody is there who gives them. */
export function recordingContext(env: Record<string, string> = {}, answers?: readonly string[]) {
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<(signal: StopSignal) => void>();
  const exits: number[] = [];
  let onWrite: (() => void) | undefined;
  const context: CliContext = {
    stdout: {
      write: (text) => {
        said.stdout += text;
        onWrite?.();
      },
    },
    stderr: {
      write: (text) => {
        said.stderr += text;
      },
    },
    env,
    onStopSignal: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    divertPrints: () => {},
    openPrompter: answers === undefined ? undefined : () => scripted(answers, said),
    exit: (code) => void exits.push(code),
    whyLost: () => undefined,
  };
  return {
    context,
    said,
    exits,
    listeners,
    signal: (signal: StopSignal): void => {
      for (const listener of listeners) listener(signal);
    },
    /** Resolves when something was written to standard output. */
    wrote: () =>
      new Promise<void>((resolve) => {
        onWrite = resolve;
      }),
  };
}

function scripted(answers: readonly string[], said: { stderr: string }): Prompter {
  const left = [...answers];
  return {
    ask: async (question) => {
      said.stderr += `${question}\n`;
      return left.shift() ?? '';
    },
    close: () => {},
  };
}
