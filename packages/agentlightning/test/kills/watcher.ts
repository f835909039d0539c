import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SeenRun } from '@agentlightning/core/testing';
import { listRuns } from '@agentlightning/trainer/runs';

/** How often the best prompt is read, milliseconds. */
const READ_MS = 3;
/** How often the runs are listed. */
const LIST_MS = 120;

/** Somebody who looks at a run from outside all the time, as a deployment that reads the best prompt, and a person with `agl runs`. */
export class Watcher {
  /** Every text that was read from `best_prompt.json` and was another than the one before. */
  readonly bestPrompts: string[] = [];
  /** Every line of `agl runs` that was another than the one before. */
  readonly runs: SeenRun[] = [];
  readonly #directory: string;
  readonly #reading: NodeJS.Timeout;
  readonly #listing: NodeJS.Timeout;
  #isListing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param directory - of the run; alone in its parent */
  constructor(directory: string) {
    this.#directory = directory;
    this.#reading = setInterval(() => this.#read(), READ_MS);
    this.#listing = setInterval(() => {
      this.#isListing ??= this.#list()
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => {
          this.#isListing = undefined;
        });
    }, LIST_MS);
  }

  /** Looks a last time, and no more. @throws what kept it from listing runs */
  async close(): Promise<void> {
    clearInterval(this.#reading);
    clearInterval(this.#listing);
    await this.#isListing;
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#read();
    await this.#list();
  }

  #read(): void {
    let text: string;
    try {
      text = readFileSync(join(this.#directory, 'best_prompt.json'), 'utf8');
    } catch {
      // There is none yet.
      return;
    }
    if (this.bestPrompts.at(-1) !== text) this.bestPrompts.push(text);
  }

  async #list(): Promise<void> {
    const runs = await listRuns(dirname(this.#directory), () =>
      this.runs.push({ status: 'unreadable', bestScore: null }),
    );
    for (const { status, bestScore } of runs) {
      const last = this.runs.at(-1);
      if (last?.status !== status || last.bestScore !== bestScore) this.runs.push({ status, bestScore });
    }
  }
}
