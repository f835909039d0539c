import { join } from 'node:path';
import type { SimulatedLlm } from '@agentlightning/simulated-llm';
import { generateRoomsHard, type RoomTask } from '@agentlightning/simulated-llm/rooms-hard';
import {
  APO,
  type ApoOptions,
  type ApoResult,
  InMemoryLightningStore,
  type LightningStore,
  LLM,
  PromptTemplate,
  SqliteLightningStore,
  Trainer,
} from 'agentlightning';
import OpenAI, { type ClientOptions } from 'openai';
import { RoomAgent, type RoomAgentOptions } from './room-agent.ts';

/** The sizes of upstream's APO tutorial; its validation set has {@link VALIDATION_TASKS} tasks. */
export const TUTORIAL = {
  gradientBatchSize: 4,
  valBatchSize: 10,
  beamWidth: 2,
  branchFactor: 2,
  beamRounds: 2,
} as const;

/** APO's defaults: 16/4/4/4/3. */
export const DEFAULTS = {} as const;

/** The model that plays the agent's. */
export const AGENT_MODEL = 'sim-agent-weak';

/** V of the tutorial. */
export const VALIDATION_TASKS = 29;

/** What every search begins with: it states no rule. */
export const seedPrompt = new PromptTemplate({
  engine: 'f-string',
  template:
    'Find a room on {date} at {time} for {duration_min} minutes, {attendees} attendees. Needs: {needs}. Accessible required: {accessible_required}',
});

/** A search to be timed. */
export interface SearchSetup {
  readonly server: SimulatedLlm;
  readonly apo: ApoOptions;
  readonly slots: number;
  /** Of the run: which tasks are in which batch. */
  readonly seed: number;
  readonly agent: RoomAgentOptions;
  /** Where the run keeps its work, its store first of all. Default: nowhere. */
  readonly runDirectory?: string;
  /** The store of a run that keeps nothing. Default: one in memory. */
  readonly store?: LightningStore;
  /** Takes the place of `fetch` in the optimiser's client. */
  readonly fetch?: NonNullable<ClientOptions['fetch']>;
}

/** What a search took, and what it left behind. */
export interface TimedSearch {
  /** From the moment that the runners stand ready until the algorithm has ended, in milliseconds. */
  readonly searchMs: number;
  /** From the call of `fit()` until it resolved, which starts and ends threads and a server besides. */
  readonly fitMs: number;
  readonly result: ApoResult;
  readonly rollouts: number;
  /** To be closed by the caller. */
  readonly store: LightningStore;
}

/**
 * Runs APO as a user does: the default strategy, which has the store served over HTTP and the agents in worker threads; an in-memory store, or a run directory; the
 * optimiser's and the agents' models behind one simulated server in a process of its own.
 */
export async function timedSearch({
  server,
  apo,
  slots,
  seed,
  agent,
  runDirectory,
  store: given = runDirectory === undefined ? new InMemoryLightningStore() : undefined,
  fetch,
}: SearchSetup): Promise<TimedSearch> {
  const { train, val } = generateRoomsHard();
  const client = new OpenAI({
    baseURL: server.baseUrl,
    apiKey: 'simulated',
    ...(fetch === undefined ? {} : { fetch }),
  });
  const trainer = new Trainer({
    algorithm: new APO<RoomTask>(client, { gradientModel: 'sim-critic', applyEditModel: 'sim-editor', ...apo }),
    nRunners: slots,
    seed,
    ...(given === undefined ? {} : { store: given }),
    handleSignals: false,
    initialResources: {
      prompt_template: seedPrompt,
      agent_llm: new LLM({ endpoint: server.baseUrl, model: AGENT_MODEL }),
    },
  });
  const called = performance.now();
  let began: number | undefined;
  let ended: number | undefined;
  const stream = trainer.stream(new RoomAgent(agent), train, {
    valDataset: val.slice(0, VALIDATION_TASKS),
    ...(runDirectory === undefined ? {} : { runDirectory }),
  });
  for await (const { type } of stream) {
    if (type !== 'algorithm-event') continue;
    // Its first event is the plan, before it asks for anything; its last one the end of the last round.
    ended = performance.now();
    began ??= ended;
  }
  const run = await stream.result;
  const fitMs = performance.now() - called;
  const store = given ?? (await SqliteLightningStore.open({ path: join(runDirectory!, 'store.db'), readOnly: true }));
  return { searchMs: ended! - began!, fitMs, result: run.result, rollouts: run.counts.rollouts.succeeded, store };
}
