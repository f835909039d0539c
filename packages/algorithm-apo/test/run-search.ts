import {
  type AlgorithmEvent,
  type AttemptedRollout,
  InMemoryLightningStore,
  type Json,
  type Logger,
  MODEL_CALL_SPAN_NAME,
  modelCallAttributes,
  type NamedResources,
  newTraceId,
  PromptTemplate,
  type RolloutMode,
  rewardDraft,
  type SpanDraft,
  silentLogger,
  spanFromDraft,
  type TraceAdapter,
} from '@agentlightning/core';
import { VirtualClock } from '@agentlightning/core/testing';
import { type AlgorithmReport, runAlgorithm } from '@agentlightning/trainer';
import type { APO } from '../src/apo.ts';

/** A task of the tests: a number and the word that goes into the prompt. */
export interface TestTask {
  readonly id: number;
  readonly word: string;
}

/** What an agent of the tests sees, and says. */
export interface AgentCall<TTask = TestTask> {
  readonly task: TTask;
  readonly prompt: PromptTemplate;
  readonly mode: RolloutMode | null;
  readonly resources: NamedResources;
  readonly priority: number;
}

/** A reward, nothing, spans, a failure (an Error), `'hang'`: the rollout never ends by itself, or `'lost'`: its runner is gone. */
type AgentResult = number | null | readonly SpanDraft[] | Error | 'hang' | 'lost';
export type TestAgent<TTask = TestTask> = (call: AgentCall<TTask>) => AgentResult | Promise<AgentResult>;

/** A run to be made. */
export interface SearchRun<TTask = TestTask> {
  readonly algorithm: APO<TTask>;
  readonly agent: TestAgent<TTask>;
  /** Default: eight tasks; only for the tests' own kind. */
  readonly train?: readonly TTask[];
  /** Default: six tasks, likewise. */
  readonly val?: readonly TTask[];
  readonly resources?: NamedResources;
  readonly seed?: number;
  readonly slots?: number;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
  readonly adapter?: TraceAdapter<unknown>;
  /** By how much time moves on when only rollouts that hang are left. Default: past the default deadline. */
  readonly secondsWhenStuck?: number;
}

/** What a run was, besides the algorithm's own record. */
export interface SearchRunReport<TTask = TestTask> {
  readonly report: AlgorithmReport;
  readonly events: readonly AlgorithmEvent[];
  readonly bests: readonly { readonly version: string; readonly score: number }[];
  /** Rollouts in the order in which the agent got them. */
  readonly calls: readonly AgentCall<TTask>[];
  readonly store: InMemoryLightningStore;
}

export const SEED = new PromptTemplate({ template: 'Work on {word}.' });

export function tasks(count: number, from = 0): TestTask[] {
  return Array.from({ length: count }, (_, index) => ({ id: from + index, word: `word${from + index}` }));
}

/**
 * Runs APO in the trainer's own context against an in-memory store, with an agent in this thread. Time stands still, but when all that is
 * left to do are rollouts that hang, the deadlines of their evaluations pass.
 */
export async function runSearch<TTask = TestTask>(run: SearchRun<TTask>): Promise<SearchRunReport<TTask>> {
  const { algorithm, agent, resources = { prompt: SEED }, slots = 8, secondsWhenStuck = 3601 } = run;
  const train = run.train ?? (tasks(8) as readonly unknown[] as readonly TTask[]);
  const val = run.val ?? (tasks(6, 100) as readonly unknown[] as readonly TTask[]);
  const clock = new VirtualClock();
  const store = new InMemoryLightningStore({ clock });
  const events: AlgorithmEvent[] = [];
  const bests: { version: string; score: number }[] = [];
  const calls: AgentCall<TTask>[] = [];
  const runners = new AbortController();
  const stage = new Stage({ store, agent, calls, clock, secondsWhenStuck, signal: runners.signal });
  const loops = Array.from({ length: slots }, () => stage.serve());
  try {
    const report = await runAlgorithm<TTask>(
      {
        runId: 'test-run',
        seed: run.seed ?? 1,
        algorithm,
        trainDataset: train,
        valDataset: val,
        testDataset: undefined,
        initialResources: resources,
        adapter: run.adapter,
        rolloutConfig: {},
        maxRollouts: undefined,
      },
      {
        store,
        signal: run.signal ?? new AbortController().signal,
        post: (message) => {
          const { type, event, version, score } = message as {
            type: string;
            event: Json;
            version: string;
            score: number;
          };
          if (type === 'algorithm-event') events.push(event as unknown as AlgorithmEvent);
          if (type === 'best') bests.push({ version, score });
        },
      },
      { clock, logger: run.logger ?? silentLogger },
    );
    return { report, events, bests, calls, store };
  } finally {
    runners.abort();
    await Promise.allSettled(loops);
    await store.close();
  }
}

interface StageParts<TTask> {
  readonly store: InMemoryLightningStore;
  readonly agent: TestAgent<TTask>;
  readonly calls: AgentCall<TTask>[];
  readonly clock: VirtualClock;
  readonly signal: AbortSignal;
  readonly secondsWhenStuck: number;
}

/** Where the agent plays. */
class Stage<TTask> {
  readonly #parts: StageParts<TTask>;
  #executing = 0;
  #hanging = 0;

  constructor(parts: StageParts<TTask>) {
    this.#parts = parts;
  }

  async serve(): Promise<void> {
    const { store, signal } = this.#parts;
    while (!signal.aborted) {
      const rollout = await store.dequeueRollout({ waitMs: 60_000, signal });
      if (rollout === undefined) continue;
      this.#executing += 1;
      await this.#execute(rollout);
      this.#executing -= 1;
      // After all that follows from this rollout at once.
      setImmediate(() => this.#passDeadlinesWhenStuck());
    }
  }

  #passDeadlinesWhenStuck(): void {
    if (this.#hanging === 0 || this.#executing > 0) return;
    this.#hanging = 0;
    this.#parts.clock.advance(this.#parts.secondsWhenStuck);
  }

  async #execute(rollout: AttemptedRollout): Promise<void> {
    const { store, agent, calls, clock, signal } = this.#parts;
    const { rolloutId, attempt, mode, priority, resourcesId } = rollout;
    const { resources } = (await store.getResourcesById(resourcesId!))!;
    const prompt = Object.values(resources).find((resource) => resource instanceof PromptTemplate)!;
    const call = { task: rollout.input as TTask, prompt, mode, resources, priority };
    calls.push(call);
    const result = await agent(call);
    if (result === 'hang') this.#hanging += 1;
    if (signal.aborted || result === 'hang') return;
    const drafts =
      typeof result === 'number'
        ? [rewardDraft(result)]
        : Array.isArray(result)
          ? (result as readonly SpanDraft[])
          : [];
    const spans = { rolloutId, attemptId: attempt.attemptId, now: clock.now(), traceId: newTraceId() };
    await store.addManySpans(drafts.map((draft) => spanFromDraft(draft, spans)));
    await store.updateAttempt(rolloutId, attempt.attemptId, {
      status: result instanceof Error ? 'failed' : result === 'lost' ? 'unresponsive' : 'succeeded',
    });
  }
}

/** A number in [0, 1) that is a function of the texts alone. */
export function noise(...texts: readonly (string | number)[]): number {
  let hash = 2166136261;
  for (const character of texts.join('|')) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

let noisyCalls = 0;

/** An agent whose reward is a function of prompt and task, and whose time is one of how often it was called before. */
export const noisyAgent: TestAgent = async ({ prompt, task }) => {
  noisyCalls += 1;
  for (let turns = Math.floor(noise('turns', noisyCalls) * 6); turns > 0; turns -= 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return [chatDraft(prompt.format({ word: task.word }), `Done ${task.word}`), rewardDraft(rewardOf(prompt, task))];
};

/** What {@link noisyAgent} earns. */
export function rewardOf(prompt: PromptTemplate, task: TestTask): number {
  return Math.round(noise(prompt.template, task.id) * 4) / 4;
}

/** The record of one model call. */
export function chatDraft(question: string | readonly object[], answer: string): SpanDraft {
  const messages = typeof question === 'string' ? [{ role: 'user', content: question }] : question;
  const request = { model: 'agent', messages };
  const response = { choices: [{ message: { role: 'assistant', content: answer }, finish_reason: 'stop' }] };
  return { name: MODEL_CALL_SPAN_NAME, attributes: modelCallAttributes(request, response) };
}
