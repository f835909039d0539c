import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@agentlightning/core';
import { parseLedger } from '@agentlightning/core/testing';
import { type SimulatedLlm, startSimulatedLlm } from '@agentlightning/simulated-llm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunSettings } from './fixtures/resumable-run.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/resumable-run.ts', import.meta.url));
/** Whether everything is tried, as the gate's step `processes` does; else what tells most. */
const every = process.env['AGL_PROCESSES'] === 'every';

let model: SimulatedLlm;
/** A run that nothing happened to, and what it came to. */
let undisturbed: RunFiles;
let clean: Outcome;
/** How many evaluations it had, that of the test set being the last. */
let cleanEvaluations: number;
/** How often it asked its models something that it had asked before. */
let repeatedAnyway: number;
/** What they took for it. */
let cleanPaid: Awaited<ReturnType<typeof paid>>;
beforeAll(async () => {
  model = await startSimulatedLlm();
  undisturbed = new RunFiles();
  const run = await undisturbed.execute();
  clean = outcomeOf(run.output);
  cleanEvaluations = run.evaluations;
  repeatedAnyway = await repeatedRequests();
  cleanPaid = await paid();
});
afterAll(() => model.close());

/** What a run came to, without what differs between any two runs. */
type Outcome = Record<string, unknown>;

function outcomeOf(output: string): Outcome {
  return JSON.parse(output, (key, value: unknown) =>
    // Ids contain the run's; times are measured; what a stop or a kill gave back is claimed again.
    ['rolloutId', 'runId', 'latencySeconds', 'seconds', 'retried'].includes(key) ? undefined : value,
  ) as Outcome;
}

async function repeatedRequests(): Promise<number> {
  const requests = await model.requests();
  return requests.length - new Set(requests.map(({ hash }) => hash)).size;
}

/** Of each model, for a million tokens. */
const PRICE = { inputPerMillion: 1, outputPerMillion: 4 };

/** What the models have taken, by what they counted themselves. */
async function paid(): Promise<{ readonly tokens: number; readonly usd: number }> {
  const { promptTokens, completionTokens } = await model.stats();
  return {
    tokens: promptTokens + completionTokens,
    usd: (promptTokens * PRICE.inputPerMillion + completionTokens * PRICE.outputPerMillion) / 1e6,
  };
}

/** The files of one run, and the processes that work on it, one after the other. */
class RunFiles {
  readonly directory = mkdtempSync(join(tmpdir(), 'agl-resume-'));
  readonly run = join(this.directory, 'run');
  readonly ledger = join(this.directory, 'ledger');

  /** Runs the script to its end, or kills it `killAfter` evaluations and some milliseconds in. */
  async execute(
    options: {
      killAfter?: number;
      milliseconds?: number;
      signal?: NodeJS.Signals;
      mainProcess?: 'runner';
      budget?: RunSettings['budget'];
      /** See `armFailpoint()`. */
      failpoint?: string;
      /** Sends the signal when a file with this in its name appears. */
      whenFile?: string;
    } = {},
  ): Promise<{ output: string; code: number | null; wasKilled: boolean; evaluations: number }> {
    const { killAfter, milliseconds = 0, signal = 'SIGKILL', mainProcess, budget, failpoint, whenFile } = options;
    const settings: RunSettings = {
      runDirectory: this.run,
      ledger: this.ledger,
      model: model.baseUrl,
      ...(mainProcess === undefined ? {} : { strategy: { mainProcess } }),
      ...(budget === undefined ? {} : { budget, prices: { 'sim-critic': PRICE, 'sim-editor': PRICE, unused: PRICE } }),
    };
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(failpoint === undefined ? {} : { AGL_FAILPOINT: failpoint }) },
    });
    const watcher =
      whenFile === undefined
        ? undefined
        : watch(this.run, (_event, name) => {
            // More than one would be more than one press of Ctrl-C.
            if (name?.includes(whenFile) && !child.killed) child.kill(signal);
          });
    let output = '';
    let errors = '';
    let evaluations = 0;
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      evaluations += text.length;
      // Some milliseconds: a kill is to come at any moment, not only where something has just ended.
      if (killAfter !== undefined && evaluations >= killAfter) {
        timer ??= setTimeout(() => child.kill(signal), milliseconds);
      }
    });
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    watcher?.close();
    const wasKilled = killedBy !== null;
    if (!wasKilled && ![0, 5].includes(code!) && signal === 'SIGKILL') throw new Error(`The run failed: ${errors}`);
    return { output, code, wasKilled, evaluations };
  }

  /** How often each rollout was begun and ended, by what the agents wrote down. */
  executions(): Map<string, { begun: number; ended: number }> {
    const counts = new Map<string, { begun: number; ended: number }>();
    for (const { what, rolloutId } of parseLedger(readFileSync(this.ledger, 'utf8'))) {
      const count = counts.get(rolloutId) ?? { begun: 0, ended: 0 };
      counts.set(rolloutId, {
        begun: count.begun + Number(what === 'begun'),
        ended: count.ended + Number(what === 'ended'),
      });
    }
    return counts;
  }

  /** What a file of the run holds. */
  read(name: string): unknown {
    return JSON.parse(readFileSync(join(this.run, name), 'utf8'));
  }

  constructor() {
    const remove = (): void => rmSync(this.directory, { recursive: true });
    try {
      onTestFinished(remove);
    } catch {
      afterAll(remove);
    }
  }
}

describe('a run whose process is killed', () => {
  it.each(['seed-1'])('comes to the same when it is resumed, however often (%s)', async (seed) => {
    const rng = createRng(seed);
    const files = new RunFiles();
    await model.resetStats();
    let kills = 0;
    for (;;) {
      const killAfter = kills < (every ? 3 : 1) ? 1 + rng.int(5) : undefined;
      const { wasKilled, output } = await files.execute({
        ...(killAfter === undefined ? {} : { killAfter, milliseconds: rng.int(60) }),
      });
      if (!wasKilled) {
        expect(outcomeOf(output)).toEqual(clean);
        break;
      }
      kills += 1;
    }
    expect(kills).toBeGreaterThan(0);
    // At most what was in flight is bought again, two parents with two branches each: nothing that was recorded.
    expect((await repeatedRequests()) - repeatedAnyway).toBeLessThanOrEqual(kills * 4);
    const executions = [...files.executions().values()];
    // Four slots: no more than four can be under way at a kill. What was reported is not run again.
    const repeated = executions.reduce((sum, { begun }) => sum + begun - 1, 0);
    expect(repeated).toBeLessThanOrEqual(kills * 4);
    expect(files.read('best_prompt.json')).toMatchObject({
      best_score: clean['bestScore'],
      best_version: clean['bestVersion'],
    });
    expect(files.read('result.json')).toMatchObject({ stopReason: 'completed' });
  });

  it.runIf(every)('comes to the same with the algorithm and its store in a worker thread', async () => {
    const files = new RunFiles();
    const { wasKilled } = await files.execute({ killAfter: 3, milliseconds: 20, mainProcess: 'runner' });
    expect(wasKilled).toBe(true);
    const { output } = await files.execute({ mainProcess: 'runner' });
    expect(outcomeOf(output)).toEqual(clean);
  });
});

describe('a run that was interrupted', () => {
  it('waits for what is under way, and comes to the same and buys nothing twice, however often', async () => {
    const files = new RunFiles();
    await model.resetStats();
    let ended = 0;
    const interruptions = [
      [2, 3],
      [3, 8],
      ['the search', 10],
    ] as const;
    // In the midst of it, while it was resumed, and when the search was over.
    for (const [killAfter, milliseconds] of every ? interruptions : interruptions.slice(1, 2)) {
      const left = killAfter === 'the search' ? cleanEvaluations - 1 - ended : killAfter;
      const run = await files.execute({ killAfter: left, milliseconds, signal: 'SIGINT' });
      expect([run.code, JSON.parse(run.output)]).toMatchObject([130, { stopReason: 'interrupted', heldOut: null }]);
      expect(files.read('result.json')).toMatchObject({ stopReason: 'interrupted' });
      ended += run.evaluations;
    }
    expect(outcomeOf((await files.execute()).output)).toEqual(clean);
    expect([...files.executions().values()].every(({ begun }) => begun === 1)).toBe(true);
    expect(await repeatedRequests()).toBe(repeatedAnyway);
  });

  it('answers at once when it is resumed after its end, and does nothing again', async () => {
    const { size } = statSync(undisturbed.ledger);
    await model.resetStats();
    expect(outcomeOf((await undisturbed.execute()).output)).toEqual(clean);
    expect(await model.requests()).toEqual([]);
    expect(statSync(undisturbed.ledger).size).toBe(size);
  });

  it('keeps its files for this user alone', () => {
    expect(statSync(undisturbed.run).mode & 0o777).toBe(0o700);
    for (const name of ['run.json', 'store.db', 'journal.jsonl', 'best_prompt.json', 'result.json']) {
      expect([name, statSync(join(undisturbed.run, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });
});

describe.runIf(every)('a run with a budget whose process is killed', () => {
  it.each([
    ['modelCalls', 6],
    ['rollouts', 40],
    // Half of what the search takes: see below that something is left to be done.
    ['tokens', 0.5],
    ['usd', 0.5],
  ] as const)(
    'spends no more than its %s over all processes, and comes to the same with more',
    async (limit, amount) => {
      const files = new RunFiles();
      await model.resetStats();
      const spent = async () => ({
        modelCalls: (await model.requests()).length,
        rollouts: files.executions().size,
        ...(await paid()),
      });
      const cap = limit === 'tokens' || limit === 'usd' ? Math.ceil(cleanPaid[limit] * amount * 1e6) / 1e6 : amount;
      const budget = { [limit]: limit === 'tokens' ? Math.ceil(cap) : cap };
      expect(await files.execute({ budget, killAfter: 2, milliseconds: 15 })).toMatchObject({ wasKilled: true });
      expect((await spent())[limit]).toBeLessThanOrEqual(cap);
      const again = limit === 'rollouts' ? ['stops there', 'and does not begin anything more'] : ['stops there'];
      for (const _again of again) {
        const { code, output } = await files.execute({ budget });
        expect([code, JSON.parse(output)]).toMatchObject([5, { stopReason: 'budget', heldOut: null }]);
        expect((await spent())[limit]).toBeLessThanOrEqual(cap);
      }
      expect(outcomeOf((await files.execute({ budget: { [limit]: 1e9 } })).output)).toEqual(clean);
    },
  );
});

describe.runIf(every)('a better prompt that is being written', () => {
  /** The second one, with which there is something to be replaced. Before it are `run.json` and the first one. */
  const SECOND = 3;
  const drafts = (files: RunFiles) => readdirSync(files.run).filter((name) => name.endsWith('.tmp'));

  it.each(['file.beforeRename', 'file.afterRename'])(
    'is there as a whole, or the one before it, after a kill: %s',
    async (name) => {
      const files = new RunFiles();
      expect(await files.execute({ failpoint: `kill ${name} ${SECOND}` })).toMatchObject({ wasKilled: true });
      expect(drafts(files)).toEqual(
        name === 'file.afterRename' ? [] : [expect.stringMatching(/^\.best_prompt\.json\..*\.tmp$/)],
      );
      expect(files.read('best_prompt.json')).toMatchObject({ best_version: expect.stringMatching(/^v\d+$/) });
      expect(outcomeOf((await files.execute()).output)).toEqual(clean);
      expect(files.read('best_prompt.json')).toMatchObject({ best_version: clean['bestVersion'] });
      expect(drafts(files)).toEqual([]);
    },
  );

  it('is there as a whole after an interruption', async () => {
    const files = new RunFiles();
    // The run has a directory to look at.
    await files.execute({ killAfter: 1 });
    const failpoint = `delay file.beforeRename 1 200; delay file.beforeRename 2 200; delay file.beforeRename 3 200`;
    const run = await files.execute({ failpoint, whenFile: '.best_prompt.json.', signal: 'SIGINT' });
    expect([run.code, JSON.parse(run.output)]).toMatchObject([130, { stopReason: 'interrupted' }]);
    expect(files.read('best_prompt.json')).toMatchObject({ best_version: expect.stringMatching(/^v\d+$/) });
    expect(drafts(files)).toEqual([]);
    expect(outcomeOf((await files.execute()).output)).toEqual(clean);
  });
});
