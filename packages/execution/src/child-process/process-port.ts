import type { ChildProcess } from 'node:child_process';
import type { WorkerPort } from '../worker-thread/worker-port.ts';

/** The parent's end of the channel to a child process. */
export function childPort(child: ChildProcess): WorkerPort {
  return {
    post: (message) => {
      // Throws what cannot be serialised. What a process that is gone misses is no news: its end is told by itself.
      if (child.connected) child.send(message as object, () => {});
    },
    listen: (listener) => child.on('message', listener),
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}

/** The end of a child process. */
export function parentPort(): WorkerPort {
  return {
    post: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => {});
    },
    listen: (listener) => process.on('message', listener),
    close: () => process.disconnect(),
  };
}
