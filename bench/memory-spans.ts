import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { startForked } from './forked.ts';

const ROUNDS = 3;
const STORES = ['memory', 'sqlite'] as const;

/** What the process says of itself. */
export interface SpanMemory {
  readonly spans: number;
  /** Of the spans as JSON. */
  readonly jsonBytes: number;
  /** By which the process has grown. */
  readonly rssBytes: number;
  readonly heapBytes: number;
}

/** By how much a process grows that takes spans, as many as a long run leaves behind. Each round is a process of its own. */
export const memorySpans: Bench = {
  name: 'memory-spans',
  claim: 'Spans take hardly more memory than their JSON: 100,000 of 2.2 KB each',
  measure: 'growth of the resident set ÷ bytes of JSON',
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    for (const setting of STORES) {
      const runs: SpanMemory[] = [];
      for (let index = 0; index < ROUNDS; index += 1) runs.push(await measureOnce(setting));
      const ratios = runs.map(({ rssBytes, jsonBytes }) => rssBytes / jsonBytes);
      yield toLine({ bench: this.name, gate: 1.4, goal: 1.2 }, ratios, {
        setting,
        spans: runs[0]!.spans,
        jsonMiB: runs.map(({ jsonBytes }) => mebibytes(jsonBytes)),
        rssMiB: runs.map(({ rssBytes }) => mebibytes(rssBytes)),
        heapBytesPerSpan: runs.map(({ heapBytes, spans }) => round(heapBytes / spans)),
        ...jitter,
      });
    }
  },
};

async function measureOnce(store: string): Promise<SpanMemory> {
  const process = startForked<object, SpanMemory>(new URL('./memory-spans-process.ts', import.meta.url), {
    args: [store],
    execArgv: ['--expose-gc'],
  });
  try {
    return await process.ask({});
  } finally {
    await process.end();
  }
}

function mebibytes(bytes: number): number {
  return round(bytes / 1024 ** 2);
}
