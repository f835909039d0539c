// Runs in a thread of a runner process, whatever the process itself is doing: blocked, in a loop, or out of memory. Ends the process and all
// that it started when the parent is gone, and when the process takes more memory than it may.
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { endGroup } from './end-group.ts';
import { LIFELINE_FD, type MemoryNotice, type WatchdogData } from './lifeline.ts';

const { rssMb, intervalMs } = workerData as WatchdogData;
const end = (): void => endGroup(process.pid);

// The parent holds the other end and never closes it: the system does, when the parent is gone, however it went.
const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: true });
lifeline.once('close', end).on('error', end).resume();

setInterval(() => {
  const usedMb = process.memoryUsage.rss() / 2 ** 20;
  if (usedMb <= rssMb) return;
  lifeline.write(`${JSON.stringify({ usedMb: Math.round(usedMb) } satisfies MemoryNotice)}\n`, end);
}, intervalMs);
