import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a process is started. */
export interface ChildOptions {
  /** Added to this environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The leader of a process group of its own. Default `false`. */
  readonly leadsGroup?: boolean;
}

/** Those that have not ended. Whoever started them takes them along, but for a kill. */
const living = new Set<Child>();
process.once('exit', () => {
  for (const child of living) child.signal('SIGKILL');
});

/** A process that a test started, with all it said. */
export class Child {
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #leadsGroup: boolean;
  #output = '';
  #errors = '';
  #hasEnded = false;

  constructor(args: readonly string[], { env = {}, leadsGroup = false }: ChildOptions = {}) {
    const { AGL_FAILPOINT: _, AGL_TOKEN: _token, ...inherited } = process.env;
    this.#leadsGroup = leadsGroup;
    this.#process = spawn(process.execPath, args, {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: leadsGroup,
    });
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    living.add(this);
    const closed = once(this.#process, 'close');
    this.ended = once(this.#process, 'exit').then(async ([code, signal]) => {
      this.#hasEnded = true;
      living.delete(this);
      // What else is in the group of one that was killed may hold its streams for longer, and what it said is not asked for.
      if (signal === null) await closed;
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get output(): string {
    return this.#output;
  }

  get errors(): string {
    return this.#errors;
  }

  /** The first line of its output. @throws Error if it ends before */
  async firstLine(): Promise<string> {
    while (!this.#output.includes('\n')) {
      const said = once(this.#process.stdout!, 'data');
      const isOver = await Promise.race([said.then(() => false), this.ended.then(() => true)]);
      if (isOver && !this.#output.includes('\n')) throw new Error(`It ended without a word: ${this.#errors}`);
    }
    return this.#output.slice(0, this.#output.indexOf('\n'));
  }

  /** Sends a signal to the process, and to its group if it leads one. */
  signal(signal: NodeJS.Signals): void {
    if (!this.#leadsGroup) {
      this.#process.kill(signal);
      return;
    }
    try {
      process.kill(-this.#process.pid!, signal);
    } catch {
      // Nobody of the group is left.
    }
  }

  /** Ends it, if it has not ended, and waits for that. */
  async end(): Promise<void> {
    // What it has started may live on without it.
    if (!this.#hasEnded || this.#leadsGroup) this.signal('SIGKILL');
    await this.ended;
  }
}
