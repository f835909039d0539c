import { readdirSync, readFileSync } from 'node:fs';

/** What this process and all that descend from it take. */
export interface ProcessesCost {
  /** Memory in MB. What several have in common is shared out among them. */
  readonly memoryMb: number;
  /** Processor time so far, in seconds. */
  readonly cpuSeconds: number;
}

/** Ticks of Linux's clock in a second, as processes see it. */
const TICKS_PER_SECOND = 100;

/** Adds up what Linux tells of this process and its descendants. */
export function measureProcesses(): ProcessesCost {
  const costs = [process.pid, ...descendantsOf(process.pid)].map(costOf);
  return {
    memoryMb: costs.reduce((sum, { memoryMb }) => sum + memoryMb, 0),
    cpuSeconds: costs.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

function descendantsOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function costOf(pid: number): ProcessesCost {
  const proportional = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1];
  // The name of the program may hold anything; what follows it are numbers, of which the 12th and the 13th are these.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return {
    memoryMb: Number(proportional) / 1024,
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}
