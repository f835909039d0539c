import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@agentlightning/core/testing';
import type { RunSettings } from '../fixtures/resumable-run.ts';
import { Child, type ChildOptions } from './child.ts';
import type { Target } from './kill-plan.ts';

const SCRIPT = fileURLToPath(new URL('../fixtures/resumable-run.ts', import.meta.url));
const AGL = fileURLToPath(new URL('../../../cli/src/agl.ts', import.meta.url));
const TOKEN = 'a-token-that-both-sides-know-0123456789';

/** The files and the processes of one run. */
export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'agl-kills-'));
  readonly runDirectory = join(this.folder, 'runs', 'run');
  readonly journalPath = join(this.runDirectory, 'journal.jsonl');
  readonly ledger = join(this.folder, 'ledger.jsonl');
  /** The file of the store that has the run's rollouts, wherever it is served. */
  readonly storePath: string;
  /** The file of its records, if that is another one. */
  readonly recordsPath: string | undefined;
  readonly #target: Target;
  readonly #model: string;
  readonly #port: number;
  readonly #children: Child[] = [];

  private constructor(target: Target, model: string, port: number) {
    this.#target = target;
    this.#model = model;
    this.#port = port;
    const own = join(this.runDirectory, 'store.db');
    this.storePath = target === 'store' || target === 'shared' ? join(this.folder, 'store.db') : own;
    this.recordsPath = target === 'shared' ? own : undefined;
    mkdirSync(join(this.folder, 'runs'));
    writeFileSync(this.ledger, '');
    writeFileSync(join(this.folder, 'token'), TOKEN, { mode: 0o600 });
  }

  /** @param model - base URL of the models */
  static async open(target: Target, model: string): Promise<Scene> {
    return new Scene(target, model, await freePort());
  }

  /** Starts the process that has the algorithm; it goes on with what is there. */
  startRun(failpoint?: string): Child {
    return this.#start([SCRIPT, JSON.stringify(this.#settings())], failpoint, { leadsGroup: this.#target === 'group' });
  }

  /** Starts a process of runners, for the target that has one of its own. */
  startRunners(failpoint?: string): Child {
    const settings: RunSettings =
      this.#target === 'shared'
        ? { ...this.#common, store: this.#served, servesStore: true }
        : this.#withRole('runner');
    return this.#start([SCRIPT, JSON.stringify(settings)], failpoint);
  }

  /** Starts `agl store`, and waits until it listens, or is dead. */
  async startStore(failpoint?: string): Promise<Child> {
    const options = ['--json', '--db', this.storePath, '--token-file', join(this.folder, 'token')];
    const child = this.#start([AGL, 'store', ...options, '--port', String(this.#port)], failpoint);
    await child.firstLine().catch(async (error: unknown) => {
      if ((await child.ended).signal !== 'SIGKILL') throw error;
    });
    return child;
  }

  /** Who the run says it is, once it has begun. */
  get runId(): string | undefined {
    try {
      const header = JSON.parse(readFileSync(join(this.runDirectory, 'run.json'), 'utf8')) as { run_id: string };
      return header.run_id;
    } catch {
      return undefined;
    }
  }

  /** How much agents have written down, in bytes. */
  get progress(): number {
    return statSync(this.ledger).size;
  }

  /** Ends every process that is left. */
  async endAll(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end()));
  }

  /** Removes the files, after {@link endAll}. */
  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #start(args: readonly string[], failpoint: string | undefined, options: ChildOptions = {}): Child {
    const env = failpoint === undefined ? {} : { AGL_FAILPOINT: failpoint };
    const child = new Child(args, { ...options, env });
    this.#children.push(child);
    return child;
  }

  #settings(): RunSettings {
    switch (this.#target) {
      case 'alone':
        return { ...this.#common, runDirectory: this.runDirectory };
      case 'thread':
        // Two on any machine: each counts by itself what it passes, and shall get far.
        return { ...this.#common, runDirectory: this.runDirectory, strategy: { threads: 2 } };
      case 'child':
        return { ...this.#common, runDirectory: this.runDirectory, strategy: { isolation: 'process' } };
      case 'group':
        return { ...this.#withRole('algorithm'), companion: this.#withRole('runner') };
      case 'main':
      case 'runner':
        return this.#withRole('algorithm');
      case 'store':
        return { ...this.#common, store: this.#served };
      case 'shared':
        return { ...this.#common, runDirectory: this.runDirectory, store: this.#served };
      default:
        return this.#target satisfies never;
    }
  }

  #withRole(role: 'algorithm' | 'runner'): RunSettings {
    return {
      ...this.#common,
      ...(role === 'algorithm' ? { runDirectory: this.runDirectory } : {}),
      strategy: { role, port: this.#port, token: TOKEN },
    };
  }

  /** The store of `agl store`. */
  get #served(): RunSettings['store'] & {} {
    return { url: `http://127.0.0.1:${this.#port}`, token: TOKEN };
  }

  get #common(): Pick<RunSettings, 'ledger' | 'model'> {
    return { ledger: this.ledger, model: this.#model };
  }
}
