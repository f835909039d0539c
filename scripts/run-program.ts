import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

/** A process that has ended may have left others that hold its streams; they get this long, milliseconds. */
const CLOSE_GRACE_MS = 2_000;

/** How a program is run. */
export interface RunProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  /** How many lines are kept. */
  readonly lastLines: number;
  /** Where it prints to. */
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** What became of a program. */
export interface EndedProgram {
  /** `null` if it was killed, or could not be started. */
  readonly code: number | null;
  /** Why it did not end by itself, in words. */
  readonly problem: string | undefined;
  /** The end of all it printed, to both streams as it came, without colours. */
  readonly lastLines: readonly string[];
}

/** Runs a program that prints as it goes, and keeps the end of what it printed. */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  options: RunProgramOptions,
): Promise<EndedProgram> {
  const child = spawn(program, args, { env: options.env, stdio: ['inherit', 'pipe', 'pipe'] });
  const lines = new LastLines(options.lastLines);
  pass(child.stdout, options.stdout, lines);
  pass(child.stderr, options.stderr, lines);
  const closed = once(child, 'close');
  closed.catch(() => {
    // Said below.
  });
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    await Promise.race([closed, sleep(CLOSE_GRACE_MS, undefined, { ref: false })]);
    return { code, problem: signal === null ? undefined : `ended by ${signal}`, lastLines: lines.get() };
  } catch (error) {
    return { code: null, problem: (error as Error).message, lastLines: lines.get() };
  } finally {
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function pass(from: Readable, to: Writable, lines: LastLines): void {
  const decoder = new StringDecoder('utf8');
  from.on('data', (chunk: Buffer) => {
    to.write(chunk);
    lines.add(decoder.write(chunk));
  });
}

/** The last lines of a text that comes in pieces. */
class LastLines {
  readonly #most: number;
  /** The last one may have no end yet. */
  #lines: string[] = [''];

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    const [first = '', ...others] = text.split('\n');
    this.#lines.push(`${this.#lines.pop()}${first}`, ...others);
    this.#lines = this.#lines.slice(-this.#most - 1);
  }

  get(): string[] {
    const lines = this.#lines.map((line) => stripVTControlCharacters(line).trimEnd());
    return (lines.at(-1) === '' ? lines.slice(0, -1) : lines).slice(-this.#most);
  }
}
