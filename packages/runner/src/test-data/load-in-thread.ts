import { parentPort, workerData } from 'node:worker_threads';
import type { ModuleSource, RolloutContext } from '@agentlightning/core';
import { loadAgent } from '../load-from-source.ts';

// A thread of its own, without the test runner's loader: Node strips the types.
try {
  const agent = await loadAgent(workerData as ModuleSource);
  parentPort!.postMessage({ result: await agent.rollout(21, {}, {} as RolloutContext) });
} catch (error) {
  const { code, message } = error as Error & { code: string };
  parentPort!.postMessage({ code, message });
}
