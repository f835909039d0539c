import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { InMemoryLightningStore, isLightningError, isModelCallSpan, type ModuleSource } from '@agentlightning/core';
import { SharedMemoryExecutionStrategy } from '@agentlightning/execution';
import { agentSource } from '@agentlightning/runner';
import { type LoadedConfig, Trainer } from '@agentlightning/trainer/config';
import { shownPath } from '@agentlightning/trainer/runs';
import { type CheckResult, failed, ok, skipped } from './check-result.ts';
import { watchRequests } from './watch-requests.ts';
import { whyNoSpans } from './why-no-spans.ts';

/** That threads can load the agent, by having one do it. */
export async function checkAgent({ agent, trainerOptions }: LoadedConfig): Promise<CheckResult> {
  const { strategy } = trainerOptions;
  if (strategy !== undefined && strategy.name !== 'client-server') {
    return skipped('agent', `Not loaded in a thread: the strategy '${strategy.name}' keeps it in this one`);
  }
  try {
    const source = await agentSource(agent as Parameters<typeof agentSource>[0]);
    const start = performance.now();
    const problem = await loadInThread(source);
    const where = `${source.exportName} of ${shownUrl(source.moduleUrl)}`;
    if (problem === undefined) {
      return ok('agent', `${where} loads in a thread, in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
    return failed(
      'agent',
      `A thread cannot load ${where}: ${problem}`,
      'Make what the module imports and does at its top level fit for a thread: it is imported there anew',
    );
  } catch (error) {
    if (!isLightningError(error)) throw error;
    const [message = '', ...remedy] = error.message.split('\n');
    return failed('agent', message, remedy.join('\n').trim() || 'See docs/errors.md: SOURCE_NOT_LOADABLE');
  }
}

const THREAD = `const { parentPort, workerData } = require('node:worker_threads');
import(workerData.moduleUrl).then(
  (exports) => parentPort.postMessage(Object.hasOwn(exports, workerData.exportName) ? null : 'it has no such export'),
  (error) => parentPort.postMessage(String(error?.message ?? error)),
);`;

/** @returns what went wrong */
async function loadInThread({ moduleUrl, exportName }: ModuleSource): Promise<string | undefined> {
  const thread = new Worker(THREAD, { eval: true, workerData: { moduleUrl, exportName } });
  try {
    const answer = once(thread, 'message').then(([problem]) => (problem as string | null) ?? undefined);
    const end = once(thread, 'exit').then(([code]) => `the thread ended with ${code}`);
    return await Promise.race([answer, end]);
  } catch (error) {
    return (error as Error).message;
  } finally {
    await thread.terminate();
  }
}

function shownUrl(url: string): string {
  if (!url.startsWith('file:')) return url;
  return shownPath(fileURLToPath(url));
}

/** Runs the agent on one task in this very thread, and looks at what came of it. */
export async function checkRollout(config: LoadedConfig): Promise<CheckResult[]> {
  const { trainerOptions, agent, trainDataset } = config;
  const store = new InMemoryLightningStore();
  const requests = watchRequests();
  try {
    const { budget: _, store: __, maxRollouts: ___, ...options } = trainerOptions;
    const trainer = new Trainer({
      ...options,
      store,
      strategy: new SharedMemoryExecutionStrategy(),
      nRunners: 1,
      rollout: { ...options.rollout, maxAttempts: 1 },
    });
    const { result } = await trainer.dev(agent, [trainDataset[0]]);
    const outcome = result.outcomes[0];
    if (outcome === undefined) return [failed('rollout', 'It was stopped', 'Try again')];
    const { items: spans } = await store.querySpans({ rolloutId: outcome.rolloutId });
    const calls = spans.filter(isModelCallSpan);
    return [rolloutResult(outcome), spansResult(calls.length, requests.seen, trainerOptions.tracer !== undefined)];
  } catch (error) {
    return [failed('rollout', (error as Error).message, 'Make the agent work on the first task of trainDataset')];
  } finally {
    requests.stop();
    await store.close();
  }
}

function rolloutResult(outcome: {
  readonly status: string;
  readonly reward: number | null;
  readonly feedback: string | null;
  readonly error: string | null;
  readonly latencySeconds: number | null;
}): CheckResult {
  const { status, reward, error } = outcome;
  const seconds = outcome.latencySeconds === null ? '' : ` in ${outcome.latencySeconds.toFixed(1)} s`;
  if (status !== 'succeeded') {
    return failed(
      'rollout',
      `The agent ${status === 'timeout' ? 'took too long' : 'failed'} on the first task${seconds}: ${error ?? status}`,
      'Correct the agent: every rollout would end like this',
    );
  }
  if (reward === null) {
    return failed(
      'rollout',
      `The agent works on a task${seconds}, and gives no reward`,
      'Return a number, true or false, or { reward, feedback }: without it there is no score',
    );
  }
  const feedback = outcome.feedback === null ? '' : `, feedback ${JSON.stringify(outcome.feedback.slice(0, 60))}`;
  return ok('rollout', `The agent works on the first task${seconds}: reward ${reward}${feedback}`);
}

function spansResult(calls: number, seen: ReturnType<typeof watchRequests>['seen'], hasTracer: boolean): CheckResult {
  if (calls > 0)
    return ok('spans', `${calls} model ${calls === 1 ? 'call' : 'calls'} captured, for the optimiser to read`);
  const { why, remedy } = whyNoSpans(seen, { hasTracer });
  return failed(
    'spans',
    `No model call was captured, so that the optimiser sees rewards and feedback alone: ${why}`,
    remedy,
  );
}
