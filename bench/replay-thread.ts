// A thread that replays its share of requests when it is told to, as a thread of runners would make them.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { type ReplayJob, replay } from './replay.ts';

const port = parentPort!;
const go = once(port, 'message');
port.postMessage('ready');
await go;
await replay(workerData as ReplayJob);
port.postMessage('done');
port.close();
