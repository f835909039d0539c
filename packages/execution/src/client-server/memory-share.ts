import { totalmem } from 'node:os';

const MB = 2 ** 20;

/** What all threads or processes together may take of the machine's memory. */
const SHARE = 0.75;

/** Memory that each of several threads or processes may take, in MB. */
export interface MemoryShare {
  readonly heapMb: number;
  readonly rssMb: number;
}

/**
 * What each of `count` threads or processes may take of the memory. The lower bounds are what an agent needs; on a small machine with many
 * of them they may come to more than there is.
 *
 * @param memory - in bytes. Default: of the machine, or what the container it runs in may use
 */
export function memoryShare(count: number, memory: number = availableToUs()): MemoryShare {
  const share = Math.floor((SHARE * memory) / MB / count);
  return { heapMb: Math.min(4096, Math.max(512, share)), rssMb: Math.max(1024, share) };
}

function availableToUs(): number {
  const constrained = process.constrainedMemory();
  // Without a limit it is 0, or a number beyond everything.
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
