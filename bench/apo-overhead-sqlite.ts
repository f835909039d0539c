import { spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import { measureRun, SLOTS } from './apo-overhead.ts';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { flushMs } from './flush-time.ts';
import { withRunDirectory } from './run-directories.ts';

const ROUNDS = 7;

/** What it costs a search that its run can be resumed, when models answer at once: the search of `apo-overhead` with a run directory, and without, in turn. */
export const apoOverheadSqlite: Bench = {
  name: 'apo-overhead-sqlite',
  claim: 'A run that can be resumed costs at most twice as much as one in memory when models answer at once',
  measure: "(wall − the model server's own time) with a run directory ÷ the same in memory",
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const flush = await flushMs();
    const server = await spawnSimulatedLlm();
    try {
      const rounds: { readonly memoryMs: number; readonly sqliteMs: number }[] = [];
      // The first one has the code compiled.
      for (let seed = -1; seed < ROUNDS; seed += 1) {
        const inMemory = await measureRun(server, seed);
        const inFile = await withRunDirectory((path) => measureRun(server, seed, path));
        if (seed < 0) continue;
        rounds.push({ memoryMs: inMemory.fitMs - inMemory.modelMs, sqliteMs: inFile.fitMs - inFile.modelMs });
      }
      const ratios = rounds.map(({ memoryMs, sqliteMs }) => sqliteMs / memoryMs);
      yield toLine({ bench: this.name, gate: 2, goal: 1.5 }, ratios, {
        slots: SLOTS,
        memoryMs: rounds.map(({ memoryMs }) => round(memoryMs)),
        sqliteMs: rounds.map(({ sqliteMs }) => round(sqliteMs)),
        flushMs: flush,
        ...jitter,
      });
    } finally {
      await server.close();
    }
  },
};
