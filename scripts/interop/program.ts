import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Checks } from './checks.ts';

/** How long a program may take to end when it is asked to. */
const TERMINATE_MS = 3000;

/** Lines kept of what a program says, for the report of a failure. */
const KEPT_LINES = 60;

/** How to start a program. */
export interface ProgramOptions {
  /** For reports. */
  readonly name: string;
  /** An executable and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Takes over the checks that the program makes. */
  readonly checks?: Checks;
  /** Besides this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** A program that runs, in a process group of its own: what it starts ends with it. */
export class Program implements AsyncDisposable {
  /** Resolves with the exit code, `null` after a signal. */
  readonly ended: Promise<number | null>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #result: Readonly<Record<string, unknown>> | undefined;

  constructor({ name, command: [executable, ...args], checks, env, cwd }: ProgramOptions) {
    this.#name = name;
    this.#child = spawn(executable, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    running.add(this);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => this.#read(line, checks));
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code) => {
        running.delete(this);
        resolve(code);
      });
    });
    // Whoever waits for it is told; somebody who only stops it need not be.
    this.ended.catch(() => running.delete(this));
  }

  /** The last of what it said. */
  get output(): string {
    return this.#lines.map((line) => `    ${this.#name}: ${line}`).join('\n');
  }

  /**
   * Waits until it has ended well.
   * @returns the values that it handed over
   * @throws Error with the last of what it said when its exit code is not 0
   */
  async result(): Promise<Readonly<Record<string, unknown>>> {
    const code = await this.ended;
    if (code !== 0) throw new Error(`${this.#name} ended with ${code === null ? 'a signal' : `code ${code}`}`);
    return this.#result ?? {};
  }

  /** Asks it to end, then makes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), TERMINATE_MS);
    await this.ended.catch(() => null);
    clearTimeout(timer);
    // What it started may not have ended with it.
    this.#signal('SIGKILL');
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#signal('SIGINT');
  }

  /** At once, when this process ends. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  #read(line: string, checks: Checks | undefined): void {
    const [, kind, text = ''] = /^@(check|result) (.*)$/.exec(line) ?? [];
    if (kind === 'result') {
      this.#result = { ...this.#result, ...(JSON.parse(text) as Readonly<Record<string, unknown>>) };
    } else if (kind === 'check') {
      checks?.report(JSON.parse(text) as Parameters<Checks['report']>[0]);
    } else {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    }
  }
}

const running = new Set<Program>();
process.on('exit', () => {
  for (const program of running) program.kill();
});
