import {
  type Clock,
  InMemoryLightningStore,
  type Json,
  type NamedResources,
  PromptTemplate,
  rewardDraft,
  silentLogger,
  spanFromDraft,
  systemClock,
} from '@agentlightning/core';
import type { Budget } from '../../budget/budget.ts';
import type { Prices } from '../../budget/prices.ts';
import { SpendLedger } from '../../budget/spend-ledger.ts';
import { DatasetRows } from '../../dataset-rows.ts';
import { RolloutCounter } from '../../rollout-counter.ts';
import type { RunMessage } from '../../run-message.ts';
import { TimeLedger } from '../../timing/time-ledger.ts';
import { RunContext } from '../run-context.ts';
import { InMemoryRunJournal, type RunJournal } from '../run-journal.ts';
import { RunState, WorkOwner } from '../run-state.ts';

/** What the agent of a test answers: a reward, nothing, or an error. */
export type TestAgent = (task: unknown, resources: NamedResources) => number | undefined | Promise<number | undefined>;

/** A run context over a real store, with an agent that is called as rollouts are claimed. */
export function startHarness(
  options: {
    agent?: TestAgent;
    clock?: Clock;
    seed?: number;
    journal?: RunJournal;
    isResumable?: boolean;
    store?: InMemoryLightningStore;
    runId?: string;
    budget?: Budget;
    prices?: Prices;
    hurry?: AbortSignal;
  } = {},
) {
  const { agent = () => 1, seed = 0, journal = new InMemoryRunJournal(), runId = 'run-1', clock = systemClock } = options;
  const { isResumable = false } = options;
  const store = options.store ?? new InMemoryLightningStore();
  const messages: RunMessage[] = [];
  const controller = new AbortController();
  const counter = new RolloutCounter(store, () => {});
  const initialResources: NamedResources = { prompt: new PromptTemplate({ template: 'seed {x}', engine: 'f-string' }) };
  const { budget, prices = {} } = options;
  const ledger = new SpendLedger({ rows: journal, budget, prices, clock, tell: () => {} });
  const run = new RunState({
    runId,
    seed,
    store,
    journal,
    isResumable,
    initialResources,
    rolloutConfig: {},
    signal: controller.signal,
    ...(options.hurry === undefined ? {} : { hurry: options.hurry }),
    clock,
    logger: silentLogger,
    rows: new DatasetRows({}),
    post: (message) => messages.push(message),
    counter,
    ledger,
    time: new TimeLedger({ keeper: journal, clock, since: clock.now(), slots: 1 }),
  });
  const owner = new WorkOwner();
  const inputs = { trainDataset: [1, 2, 3], valDataset: [4, 5], adapter: undefined };
  const context = new RunContext<number>(run, inputs, owner);
  const executed: { task: unknown; resources: NamedResources }[] = [];
  const runners = serve(store, controller.signal, async (task, resources) => {
    executed.push({ task, resources });
    return await agent(task, resources);
  });
  return {
    run,
    ledger,
    context,
    store,
    journal,
    messages,
    controller,
    executed,
    finish: () => run.finish(owner),
    close: async () => {
      controller.abort(new Error('the test is over'));
      counter.close();
      ledger.close();
      await store.close();
      await runners;
    },
  };
}

/** Claims rollouts one by one and runs the agent on them, as a runner does. */
async function serve(store: InMemoryLightningStore, signal: AbortSignal, agent: TestAgent): Promise<void> {
  // An agent that never answers is left behind when the test is over.
  const isOver = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  while (!signal.aborted) {
    const claimed = await store.dequeueRollout({ waitMs: 60_000, signal, workerId: 'w' }).catch(() => undefined);
    if (claimed === undefined) continue;
    const { rolloutId, attempt, input, resourcesId } = claimed;
    const snapshot = await store.getResourcesById(resourcesId ?? '');
    try {
      const reward = await Promise.race([agent(input, snapshot?.resources ?? {}), isOver]);
      if (signal.aborted) return;
      if (reward !== undefined) {
        const ids = { rolloutId, attemptId: attempt.attemptId, traceId: 'f'.repeat(32), now: 1 };
        await store.addSpan(spanFromDraft(rewardDraft(reward), ids));
      }
      await store.updateAttempt(rolloutId, attempt.attemptId, { status: 'succeeded' });
    } catch (error) {
      await store.updateAttempt(rolloutId, attempt.attemptId, {
        status: 'failed',
        metadata: { reason: String(error) },
      });
    }
  }
}

/** A value typed as JSON, for tests that smuggle in what the types refuse. */
export const smuggle = (value: unknown): Json => value as Json;
