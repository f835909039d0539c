import type { ClientServerExecutionOptions } from 'agentlightning';
import { type Bench, type BenchLine, jitterContext, toLine } from './bench.ts';
import { startForked } from './forked.ts';
import type { ProcessesCost } from './measure-processes.ts';

const ROUNDS = 7;
/** What nine take and one does not, is what eight more cost. */
const FEW = 1;
const MANY = 9;

type Isolation = NonNullable<ClientServerExecutionOptions['isolation']>;

/** What a process is asked to start. */
export interface IsolationQuestion {
  readonly isolation: Isolation;
  readonly runners: number;
}

/** What it takes once they have worked. */
export type IsolationCost = ProcessesCost;

/** In MB, and in seconds. */
const LIMITS = {
  thread: { memoryMb: { gate: 120, goal: 80 }, cpuSeconds: { gate: 1, goal: 0.5 } },
  process: { memoryMb: { gate: 200, goal: 130 }, cpuSeconds: { gate: 1.2, goal: 0.6 } },
} as const;

/** What a runner with a thread, or a process, of its own costs before its agent imports anything. */
export const isolationCost: Bench = {
  name: 'isolation-cost',
  claim: 'A runner may have a thread or a process of its own: it costs what Node and this framework take',
  measure: 'memory in MB, and processor time in seconds, of each further runner; what processes share is shared out',
  wanted: 'at most',
  async *run() {
    if (process.platform !== 'linux') {
      console.error('isolation-cost is skipped: it reads what only Linux tells of processes');
      return;
    }
    const jitter = await jitterContext();
    for (const isolation of ['thread', 'process'] as const) {
      const rounds: IsolationCost[] = [];
      // The first one compiles for all, and is not counted.
      for (let index = 0; index <= ROUNDS; index += 1) rounds.push(await costOfEach(isolation));
      const counted = rounds.slice(1);
      const line = (what: keyof IsolationCost, setting: string): BenchLine =>
        toLine(
          { bench: this.name, ...LIMITS[isolation][what] },
          counted.map((each) => each[what]),
          { setting, runners: MANY, ...jitter },
        );
      yield line('memoryMb', `\`isolation: '${isolation}'\`, memory`);
      yield line('cpuSeconds', `\`isolation: '${isolation}'\`, processor time`);
    }
  },
};

async function costOfEach(isolation: Isolation): Promise<IsolationCost> {
  const [few, many] = [await costOf({ isolation, runners: FEW }), await costOf({ isolation, runners: MANY })];
  const each = (what: keyof IsolationCost): number => (many[what] - few[what]) / (MANY - FEW);
  return { memoryMb: each('memoryMb'), cpuSeconds: each('cpuSeconds') };
}

async function costOf(question: IsolationQuestion): Promise<IsolationCost> {
  const program = startForked<IsolationQuestion, IsolationCost>(
    new URL('./isolation-cost-process.ts', import.meta.url),
  );
  try {
    return await program.ask(question);
  } finally {
    await program.end();
  }
}
