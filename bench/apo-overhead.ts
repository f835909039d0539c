import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type SimulatedLlm, spawnSimulatedLlm } from '@agentlightning/simulated-llm';
import type { RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import type { LightningStore, PromptTemplate } from 'agentlightning';
import type OpenAI from 'openai';
import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { type ReplayJob, replay } from './replay.ts';
import { onlyRequest } from './room-agent.ts';
import { AGENT_MODEL, DEFAULTS, timedSearch } from './timed-search.ts';

type ChatRequest = OpenAI.ChatCompletionCreateParamsNonStreaming;

export const SLOTS = 32;
const ROUNDS = 7;

/** What a whole call of `fit()` may take beyond its model calls. */
const ALLOWED_MS = 1000;

/**
 * What the framework costs when models answer at once, with the least agent there is: one model call, made with the `openai` package.
 *
 * The model server's own time is that of making the very requests of the run again, to the same server process, with the same client
 * library, from as many threads, as many at a time, and all at once: without the order that the search imposes, without a store, a queue, a
 * trace. So what is left over for the framework is at least what it costs. The time of the run is that of the whole call of `fit()`, which starts and
 * ends the threads and the server. The ratio is the difference in seconds, over the one second allowed.
 */
export const apoOverhead: Bench = {
  name: 'apo-overhead',
  claim:
    'The framework costs little when models answer at once: the whole call of `fit()` with the defaults, at 32 slots',
  measure: "(wall − the model server's own time) ÷ 1 s",
  wanted: 'at most',
  async *run() {
    const jitter = await jitterContext();
    const server = await spawnSimulatedLlm();
    try {
      const runs: Awaited<ReturnType<typeof measureRun>>[] = [];
      for (let seed = 0; seed < ROUNDS; seed += 1) runs.push(await measureRun(server, seed));
      const ratios = runs.map(({ fitMs, modelMs }) => (fitMs - modelMs) / ALLOWED_MS);
      yield toLine({ bench: this.name, gate: 1, goal: 0.4 }, ratios, {
        setting: 'defaults',
        slots: SLOTS,
        seeds: runs.map((_, seed) => seed),
        fitMs: runs.map(({ fitMs }) => round(fitMs)),
        modelMs: runs.map(({ modelMs }) => round(modelMs)),
        searchMs: runs.map(({ searchMs }) => round(searchMs)),
        rollouts: runs.map(({ rollouts }) => rollouts),
        modelCalls: runs.map(({ modelCalls }) => modelCalls),
        ...jitter,
      });
    } finally {
      await server.close();
    }
  },
};

/**
 * Runs the search once, and then makes its requests alone.
 * @param runDirectory - where the run keeps its store; default: in memory
 */
export async function measureRun(server: SimulatedLlm, seed: number, runDirectory?: string) {
  await server.resetStats();
  const optimizerRequests: ChatRequest[] = [];
  const { store, searchMs, fitMs, rollouts } = await timedSearch({
    server,
    apo: DEFAULTS,
    slots: SLOTS,
    seed,
    agent: { lookUps: 0 },
    ...(runDirectory === undefined ? {} : { runDirectory }),
    fetch: (input, init) => {
      optimizerRequests.push(JSON.parse(init?.body as string) as ChatRequest);
      return fetch(input, init);
    },
  });
  const made = await hashes(server);
  const agentRequests = await readAgentRequests(store);
  await store.close();
  await server.resetStats();
  const modelMs = await replayMs(server.baseUrl, agentRequests, optimizerRequests);
  if ((await hashes(server)) !== made) throw new Error('The requests that were replayed are not those of the run');
  return { searchMs, fitMs, modelMs, rollouts, modelCalls: agentRequests.length + optimizerRequests.length };
}

/** What the server was asked, in an order that does not depend on time. */
async function hashes(server: SimulatedLlm): Promise<string> {
  const requests = await server.requests();
  return requests
    .map(({ hash }) => hash)
    .sort()
    .join();
}

/** What the agents asked. Each asks one thing, which task and prompt decide. */
async function readAgentRequests(store: LightningStore): Promise<ChatRequest[]> {
  const { items } = await store.queryRollouts();
  return await Promise.all(
    items.map(async ({ input, resourcesId }) => {
      const snapshot = await store.getResourcesById(resourcesId!);
      return onlyRequest(input as RoomTask, snapshot!.resources['prompt_template'] as PromptTemplate, AGENT_MODEL);
    }),
  );
}

/** Agents' requests from as many threads as a run has, the optimiser's from this one. Starting the threads is not part of it. */
async function replayMs(
  baseUrl: string,
  agentRequests: readonly ChatRequest[],
  optimizerRequests: readonly ChatRequest[],
): Promise<number> {
  const count = Math.min(SLOTS, availableParallelism());
  const threads = Array.from({ length: count }, (_, thread) => {
    const requests = agentRequests.filter((_request, index) => index % count === thread);
    const workerData: ReplayJob = { baseUrl, requests, concurrency: Math.ceil(SLOTS / count) };
    return new Worker(new URL('./replay-thread.ts', import.meta.url), { workerData });
  });
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const began = performance.now();
  const done = threads.map((thread) => once(thread, 'message'));
  for (const thread of threads) thread.postMessage('go');
  await Promise.all([...done, replay({ baseUrl, requests: optimizerRequests, concurrency: SLOTS })]);
  const tookMs = performance.now() - began;
  await Promise.all(threads.map((thread) => thread.terminate()));
  return tookMs;
}
