import { type Algorithm, parseNamedResources } from '@agentlightning/core';
import type { Budget } from './budget/budget.ts';
import type { RunMessage } from './run-message.ts';
import { timeSplitOf } from './timing/time-split.ts';
import type { TrainerEvent } from './trainer-event.ts';

/** Does what a message of the algorithm's side asks for, and tells what it tells. */
export function receiveMessage<R>(
  message: RunMessage,
  {
    algorithm,
    budget,
    publish,
    hasTold,
    halt,
  }: {
    readonly algorithm: Algorithm<never, R> | undefined;
    readonly budget: Budget | undefined;
    readonly publish: (event: TrainerEvent) => void;
    /** Whether an earlier process has left it in the journal; `undefined` where none is kept. */
    readonly hasTold: (event: TrainerEvent) => boolean | undefined;
    readonly halt: () => void;
  },
): void {
  switch (message.type) {
    case 'snapshot':
      algorithm?.restore(message.snapshot);
      return;
    case 'best':
      publish({ ...message, candidate: parseNamedResources(message.candidate) });
      return;
    case 'algorithm-event':
    case 'evaluation-ended':
    case 'held-out': {
      const { isReplay = false, ...event } = message;
      // Where there is a journal, it knows: a kill may have kept the record and lost the line, or the other way round.
      if (!(hasTold(event) ?? isReplay)) publish(event);
      return;
    }
    case 'evaluation-started':
    case 'rollout-failed':
    case 'model-calls':
    case 'rollouts':
    case 'warning':
    case 'finding':
    case 'finding-withdrawn':
    case 'budget-reached':
      publish(message);
      return;
    case 'spend':
      publish({ ...message, budget: budget ?? null });
      return;
    case 'time':
      publish({ type: 'time', split: timeSplitOf(message.reading) });
      return;
    case 'halt':
      halt();
      return;
    default:
      message satisfies never;
  }
}
