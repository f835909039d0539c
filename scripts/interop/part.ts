import { createServer } from 'node:net';
import { type LatencyProfile, type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { Checks } from './checks.ts';
import type { PythonEnvironment } from './python-environment.ts';
import { PythonProgram } from './python-program.ts';

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
  readonly #programs: PythonProgram[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(environment: PythonEnvironment, signal: AbortSignal) {
    this.#environment = environment;
    this.signal = signal;
  }

  /** Starts a Python program that finds the store under this URL, `http://agl:TOKEN@host:port` where it asks for a token. */
  python(program: string, args: readonly string[], storeUrl = ''): PythonProgram {
    const { checks } = this;
    // Not an argument: every user of the machine can read those, and there is a token in it.
    const env = { AGL_STORE_URL: storeUrl };
    const started = new PythonProgram({ environment: this.#environment, program, args, checks, env });
    this.#programs.push(started);
    this.closeLater(() => started[Symbol.asyncDispose]());
    return started;
  }

  /** Starts a server that plays every model, at once where nothing else is said. */
  async models(latency: LatencyProfile = {}): Promise<SimulatedLlm> {
    const models = await spawnSimulatedLlm({ latency });
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

  /** The last of what the Python programs said. */
  get output(): string {
    return this.#programs.map(({ output }) => output).join('\n');
  }
}

/** A port that was free a moment ago, for servers that are told theirs. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
