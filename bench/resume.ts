import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { withRunDirectory } from './run-directories.ts';

const ROUNDS = 7;

/** Until the first new rollout begins. */
const ALLOWED_MS = 1000;

/** What the process that went on with a run tells. */
interface Resumed {
  /** From the call of `fit()` to the first line of the agent. */
  readonly sinceCallMs: number;
  /** From the start of the process, which loads Node and all packages. */
  readonly sinceStartMs: number;
  readonly rollouts: number;
}

/**
 * How soon a run goes on after `kill -9`: a search with the defaults and models that answer at once is killed after a seventh part of its records, two of them
 * and so on, and resumed. What is timed is from the call of `fit()` until the agent begins the first rollout: data and records are read, threads and the server
 * start, the algorithm goes through all that is recorded, and what it was at is done, model calls included.
 */
export const resume: Bench = {
  name: 'resume',
  claim: 'A run that was killed at any step works on its first new rollout within a second',
  measure: 'from the call of `fit()` to the first new rollout ÷ 1 s',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const server = await spawnSimulatedLlm();
    try {
      const { records } = await withRunDirectory((path) => runProcess(path, server.baseUrl, Infinity));
      const runs: { readonly killedAfter: number; readonly resumed: Resumed }[] = [];
      for (let index = 0; index < ROUNDS; index += 1) {
        const killedAfter = Math.ceil((records * (index + 0.5)) / ROUNDS);
        const resumed = await withRunDirectory(async (path) => {
          const killed = await runProcess(path, server.baseUrl, killedAfter);
          if (killed.end !== undefined) throw new Error('The search was done before it was killed');
          return (await runProcess(path, server.baseUrl, Infinity)).end!;
        });
        runs.push({ killedAfter, resumed });
      }
      const ratios = runs.map(({ resumed }) => resumed.sinceCallMs / ALLOWED_MS);
      yield toLine({ bench: this.name, gate: 1, goal: 0.6 }, ratios, {
        setting: 'defaults',
        records,
        killedAfter: runs.map(({ killedAfter }) => killedAfter),
        sinceCallMs: runs.map(({ resumed }) => round(resumed.sinceCallMs)),
        sinceStartMs: runs.map(({ resumed }) => round(resumed.sinceStartMs)),
        rollouts: runs.map(({ resumed }) => resumed.rollouts),
        ...jitter,
      });
    } finally {
      await server.close();
    }
  },
};

/** Runs the search, and kills it after so many records. */
async function runProcess(
  runDirectory: string,
  baseUrl: string,
  killAfter: number,
): Promise<{ readonly records: number; readonly end: Resumed | undefined }> {
  const ledger = join(dirname(runDirectory), 'ledger');
  const child: ChildProcess = fork(new URL('./resume-process.ts', import.meta.url), [runDirectory, ledger, baseUrl]);
  let records = 0;
  let end: Resumed | undefined;
  child.on('message', (message: { readonly recorded: true } | Resumed) => {
    if ('recorded' in message) records += 1;
    else end = message;
    if (records === killAfter) child.kill('SIGKILL');
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`A process of the benchmark ended with ${code ?? signal}`);
  return { records, end };
}
