import { createInterface } from 'node:readline';
import { CliError, EXIT_CODES } from './exit-codes.ts';

/** Asks a person at a terminal. */
export interface Prompter {
  /**
   * @param question - its last line is what the answer is typed behind
   * @returns the line, without spaces around it
   * @throws CliError 130 after Ctrl-C, or when the input ends
   */
  ask(question: string): Promise<string>;
  close(): void;
}

/** Asks on standard error, so that standard output is left for the answer of the command. Lines that come before they are asked for wait: a block may be pasted. */
export function openPrompter(): Prompter {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const lines: string[] = [];
  let isEnded = false;
  let wake = (): void => {};
  terminal.on('line', (line) => {
    lines.push(line);
    wake();
  });
  terminal.on('SIGINT', () => terminal.close());
  terminal.on('close', () => {
    isEnded = true;
    wake();
  });
  return {
    ask: async (question) => {
      const start = question.lastIndexOf('\n') + 1;
      process.stderr.write(question.slice(0, start));
      terminal.setPrompt(question.slice(start));
      if (!isEnded) terminal.prompt();
      while (lines.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve));
      const line = lines.shift();
      if (line !== undefined) return line.trim();
      process.stderr.write('\n');
      throw new CliError('Stopped before anything was done', EXIT_CODES.interrupted);
    },
    close: () => terminal.close(),
  };
}
