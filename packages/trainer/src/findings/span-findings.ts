import type { NamedResources } from '@agentlightning/core';
import { counted } from '@agentlightning/core/run';
import { FEWEST_ROLLOUTS, type Judgement } from './judgement.ts';
import type { ObservedOutcome } from './observed-outcome.ts';

/** What is known of the model calls that were seen. */
export class SpanFacts {
  /** Whether agents are given what a model call is made with: prompts, or models. */
  readonly isExpected: boolean;
  succeeded = 0;
  modelCalls = 0;
  /** Spans of whatever kind, as far as they were read. */
  spans = 0;

  constructor(initialResources: NamedResources) {
    this.isExpected = Object.keys(initialResources).length > 0;
  }

  /** Adds an outcome. */
  add({ outcome, spans = [] }: Pick<ObservedOutcome, 'outcome' | 'spans'>): void {
    if (outcome.status !== 'succeeded') return;
    this.succeeded += 1;
    this.modelCalls += outcome.usage.modelCalls;
    this.spans += spans.length;
  }
}

/** Whether no model call of the agents was seen. */
export function judgeSpans({ isExpected, succeeded, modelCalls, spans }: SpanFacts): Judgement {
  if (modelCalls > 0) return 'refuted';
  if (!isExpected || succeeded < FEWEST_ROLLOUTS) return null;
  return {
    message: `No model call was seen in ${counted(succeeded, 'rollout')}: the optimiser does not see what the agent does, and neither tokens nor cost are counted. Calls are seen that the agent makes with fetch (as the openai package does), from within rollout(). Not seen are clients that do not use fetch or bring a dispatcher or agent of their own, calls from another thread or process of the agent's, calls that were begun before the rollout, and any with a tracer that records none. If the agent calls no model, all is well`,
    details: { rollouts: succeeded, spans },
    weight: succeeded,
  };
}
