import { type Bench, type BenchLine, jitterContext, round, toLine } from './bench.ts';
import { type Forked, startForked } from './forked.ts';
import { ANYWHERE, type GrowthAnswer, type GrowthQuestion } from './growth-questions.ts';
import { median } from './percentile.ts';

const SIZES = [1_000, 100_000, 1_000_000] as const;
const ROUNDS = 9;

type Asked = Forked<GrowthQuestion, GrowthAnswer>;

/** Microseconds of one operation in each round, by the size of the store. */
type Costs = Record<number, number[]>;

/**
 * What an operation costs in a store that holds more. Each size is in a process of its own, so that nobody's memory is collected at another's expense; they
 * are asked in turn. A line for each group of operations, and in it the one that grows most.
 */
export const growth = growthOf('memory', {
  name: 'growth',
  claim: 'What a store holds does not slow it down: an operation costs as much with 10⁶ rollouts as with 10³',
});

/** The same of a store in a file. To fill it takes minutes. */
export const growthSqlite: Bench = {
  ...growthOf('sqlite', { name: 'growth-sqlite', claim: 'Neither does it slow down a store in a file' }),
  byNameOnly: true,
};

function growthOf(store: string, { name, claim }: Pick<Bench, 'name' | 'claim'>): Bench {
  return {
    name,
    claim,
    measure: 'processor time of an operation at 10⁶ ÷ at 10³, of the operation that grows most',
    wanted: 'at most',
    run: () => measureStore(name, store),
  };
}

async function* measureStore(name: string, store: string): AsyncGenerator<BenchLine> {
  const jitter = await jitterContext();
  const processes = new Map<number, Asked>(SIZES.map((size) => [size, startStore(store, size)]));
  try {
    const began = performance.now();
    const groups = await Promise.all([...processes.values()].map((one) => one.ask({ type: 'operations' })));
    const filledMs = performance.now() - began;
    for (const { name: group, operations } of (groups[0] as Extract<GrowthAnswer, { groups: unknown }>).groups) {
      const costs = new Map<string, Costs>();
      for (const operation of operations) costs.set(operation, await measureOperation(processes, operation));
      yield toGrowthLine(name, group, costs, { filledMs: round(filledMs), ...jitter });
    }
  } finally {
    await Promise.all([...processes.values()].map((one) => one.end()));
  }
}

function startStore(store: string, size: number): Asked {
  return startForked(new URL('./growth-process.ts', import.meta.url), {
    args: [store, String(size)],
    execArgv: ['--max-old-space-size=12000'],
  });
}

async function measureOperation(processes: ReadonlyMap<number, Asked>, operation: string): Promise<Costs> {
  const costs: Costs = {};
  // One round more than counts: the first compiles.
  for (let turn = 0; turn <= ROUNDS; turn += 1) {
    for (const [size, one] of processes) {
      const { microseconds } = (await one.ask({ type: 'measure', operation })) as { microseconds: number };
      costs[size] ??= [];
      if (turn > 0) costs[size].push(microseconds);
    }
  }
  return costs;
}

function toGrowthLine(bench: string, setting: string, costs: ReadonlyMap<string, Costs>, context: object): BenchLine {
  const [least, most] = [SIZES[0], SIZES.at(-1)!];
  const ratiosOf = (cost: Costs): number[] => cost[most]!.map((value, index) => value / cost[least]![index]!);
  const judged = [...costs].filter(([name]) => name !== ANYWHERE);
  const worst = judged.toSorted(([, a], [, b]) => median(ratiosOf(b)) - median(ratiosOf(a)))[0]!;
  return toLine({ bench, gate: 2, goal: 1.5 }, ratiosOf(worst[1]), {
    setting,
    operation: worst[0],
    sizes: SIZES,
    microseconds: Object.fromEntries(
      [...costs].map(([name, cost]) => [name, SIZES.map((size) => round(median(cost[size]!), 2))]),
    ),
    ...context,
  });
}
