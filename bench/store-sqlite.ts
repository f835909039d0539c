import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { flushMs } from './flush-time.ts';
import { fourSpansAgent } from './no-op-agents.ts';
import { withRunners } from './with-runners.ts';

const SLOTS = 64;
const ROUNDS = 7;
const ROLLOUTS = 2_000;

/** What it costs that nothing acknowledged is lost. */
export const storeSqlite: Bench = {
  name: 'store-sqlite',
  claim:
    'A store in a file, which acknowledges only what is on the disk, takes a good part of the rollouts that one in memory takes',
  measure: 'rollouts/s with 4 spans of 2 KB at 64 slots, SQLite with `synchronous: full` ÷ memory',
  wanted: 'at least',
  async *run() {
    const jitter = await jitterContext();
    const flush = await flushMs();
    const memory = await openBenchStore('memory');
    const sqlite = await openBenchStore('sqlite');
    const perSecond = { memory: [] as number[], sqlite: [] as number[] };
    const setup = { agent: fourSpansAgent, slots: SLOTS };
    try {
      await withRunners({ ...setup, store: memory.store }, (runInMemory) =>
        withRunners({ ...setup, store: sqlite.store }, async (runInFile) => {
          for (let index = -1; index < ROUNDS; index += 1) {
            const inMemoryMs = await runInMemory(ROLLOUTS);
            const inFileMs = await runInFile(ROLLOUTS);
            if (index < 0) continue;
            perSecond.memory.push((ROLLOUTS / inMemoryMs) * 1000);
            perSecond.sqlite.push((ROLLOUTS / inFileMs) * 1000);
          }
        }),
      );
    } finally {
      await Promise.all([memory.close(), sqlite.close()]);
    }
    const ratios = perSecond.sqlite.map((rate, index) => rate / perSecond.memory[index]!);
    yield toLine({ bench: this.name, gate: 0.35, goal: 0.5 }, ratios, {
      slots: SLOTS,
      sqlitePerSecond: perSecond.sqlite.map((rate) => round(rate)),
      memoryPerSecond: perSecond.memory.map((rate) => round(rate)),
      flushMs: flush,
      ...jitter,
    });
  },
};
