import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** One end of the connection between this thread and a worker: another thread, or a process. */
export interface WorkerPort {
  /** What is posted must survive `structuredClone`, or it throws a `DataCloneError`. Nobody minds when the other end is gone. */
  post(message: unknown): void;
  /** Has what arrives told, in order. Called once. */
  listen(listener: (message: unknown) => void): void;
  /** Has everything told that arrived, and closes. */
  close(): void;
}

/** The end of a channel between threads. */
export function threadPort(port: MessagePort): WorkerPort {
  let tell = (_message: unknown): void => {};
  return {
    post: (message) => port.postMessage(message),
    listen: (listener) => {
      tell = listener;
      port.on('message', listener);
    },
    close: () => {
      for (let rest = receiveMessageOnPort(port); rest !== undefined; rest = receiveMessageOnPort(port)) {
        tell(rest.message);
      }
      port.close();
    },
  };
}
