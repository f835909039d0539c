import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type LatencyProfile, type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { median } from './percentile.ts';
import { withRunDirectory } from './run-directories.ts';
import { TUTORIAL, timedSearch } from './timed-search.ts';

const SLOTS = 8;
const ROUNDS = 9;
/** As in `journal-cost`, and so that a run takes some seconds, in which there is something to be watched. */
const LATENCY = {
  agent: { kind: 'lognormal', medianMs: 40, p99Ms: 100 },
  critic: { kind: 'constant', ms: 300 },
  editor: { kind: 'constant', ms: 120 },
} as const satisfies LatencyProfile;

/** What a watcher has seen. */
interface Seen {
  readonly events: number;
  readonly polls: number;
}

/** What it costs a run to be watched: processor time of its process, with `agl ui` and a page beside it and without, in turn. */
export const watchOverhead: Bench = {
  name: 'watch-overhead',
  claim: 'A run that is watched on the page needs hardly more processor time than one that is not',
  measure: 'processor time of `fit()` in the process of the run, watched ÷ not, medians of interleaved rounds',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const server = await spawnSimulatedLlm({ latency: LATENCY, seed: 0 });
    try {
      const cpuMs = { watched: [] as number[], alone: [] as number[] };
      const seen: Seen[] = [];
      // The first round has the code compiled.
      for (let seed = -1; seed < ROUNDS; seed += 1) {
        // Whoever comes later finds warmer caches: they take turns in that too.
        const ways = seed % 2 === 0 ? (['watched', 'alone'] as const) : (['alone', 'watched'] as const);
        for (const way of ways) {
          const run = await searchCpuMs(server, seed, way === 'watched');
          if (seed < 0) continue;
          cpuMs[way].push(run.cpuMs);
          if (run.seen !== undefined) seen.push(run.seen);
        }
      }
      const ratios = cpuMs.watched.map((ms) => ms / median(cpuMs.alone));
      yield toLine({ bench: this.name, gate: 1.05, goal: 1.02 }, ratios, {
        slots: SLOTS,
        cpuMs: { watched: cpuMs.watched.map((ms) => round(ms)), alone: cpuMs.alone.map((ms) => round(ms)) },
        events: seen.map(({ events }) => events),
        polls: seen.map(({ polls }) => polls),
        ...jitter,
      });
    } finally {
      await server.close();
    }
  },
};

/** Of all threads of this process; models, `agl ui` and what asks it are in others. */
function searchCpuMs(
  server: SimulatedLlm,
  seed: number,
  isWatched: boolean,
): Promise<{ readonly cpuMs: number; readonly seen?: Seen }> {
  return withRunDirectory(async (runDirectory) => {
    const watcher = isWatched ? startWatcher(runDirectory) : undefined;
    const before = process.cpuUsage();
    const { store } = await timedSearch({
      server,
      apo: TUTORIAL,
      slots: SLOTS,
      seed,
      agent: { lookUps: 2 },
      runDirectory,
    });
    await store.close();
    const { user, system } = process.cpuUsage(before);
    const cpuMs = (user + system) / 1000;
    return watcher === undefined ? { cpuMs } : { cpuMs, seen: await watcher.end() };
  });
}

function startWatcher(runDirectory: string): { end(): Promise<Seen> } {
  const child = fork(fileURLToPath(new URL('./watcher-process.ts', import.meta.url)), [runDirectory]);
  const exited = once(child, 'exit');
  return {
    async end() {
      const told = once(child, 'message') as Promise<[Seen]>;
      child.send('end');
      const [seen] = await told;
      await exited;
      return seen;
    },
  };
}
