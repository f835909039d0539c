import { type SimulatedLlm, type SimulatedLlmOptions, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { Checks } from './checks.ts';
import { Program } from './program.ts';
import type { PythonEnvironment } from './python-environment.ts';
import { startPython } from './python-program.ts';

/** One meeting of this project's parts with those of Agent Lightning for Python. */
export interface Part {
  readonly name: string;
  /** What meets what. */
  readonly title: string;
  /** How long it may take, milliseconds. */
  readonly deadlineMs: number;
  /** Checks; whatever it throws fails the part. */
  run(stage: Stage): Promise<void>;
}

/** What a part works with. All that it starts here ends with the part, however that ends. */
export class Stage {
  readonly checks = new Checks();
  /** Aborted at the deadline. */
  readonly signal: AbortSignal;
  readonly #environment: PythonEnvironment;
  readonly #programs: Program[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(environment: PythonEnvironment, signal: AbortSignal) {
    this.#environment = environment;
    this.signal = signal;
  }

  /** Starts a Python program that finds the store under this URL, `http://agl:TOKEN@host:port` where it asks for a token. */
  python(program: string, args: readonly string[], storeUrl: string, env: NodeJS.ProcessEnv = {}): Program {
    // Not an argument: every user of the machine can read those, and there is a token in it.
    const ownEnv = { AGL_STORE_URL: storeUrl, ...env };
    const { checks } = this;
    return this.#keep(startPython({ environment: this.#environment, program, args, checks, env: ownEnv }));
  }

  /** Starts a program in TypeScript. */
  node(file: string, options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string }): Program {
    return this.#keep(new Program({ name: file, command: [process.execPath, file], ...options }));
  }

  /** Starts a server that plays every model, at once where nothing else is said. */
  async models(options: SimulatedLlmOptions = {}): Promise<SimulatedLlm> {
    const models = await spawnSimulatedLlm(options);
    this.closeLater(() => models.close());
    return models;
  }

  /** Has this closed when the part has ended, the last one first. */
  closeLater(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }

  /** The last of what the programs said. */
  get output(): string {
    return this.#programs.map(({ output }) => output).join('\n');
  }

  #keep(program: Program): Program {
    this.#programs.push(program);
    this.closeLater(() => program[Symbol.asyncDispose]());
    return program;
  }
}
