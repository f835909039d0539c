import type { AlgorithmEvent } from '@agentlightning/core';
import { type StopStep, scoreText, verdictSentence } from '@agentlightning/core/run';
import type { TrainerEvent } from '../trainer-event.ts';

/** What is going on after each Ctrl-C, and what the next one does. */
export const STOPPING: Readonly<Record<StopStep, string>> = {
  drain: 'stopping: what is in flight may finish; Ctrl-C again aborts it',
  abort: 'stopping: what is in flight is aborted; Ctrl-C again ends the threads it runs in',
  terminate: 'stopping: threads are ended; Ctrl-C again ends the process',
  kill: 'stopped at once',
};

/** An event as a line, `undefined` for those that come too often or say too little for one. May hold what a model has written: not yet fit for a terminal. */
export function eventLine(event: TrainerEvent): string | undefined {
  switch (event.type) {
    case 'run-started': {
      const what =
        event.algorithm === null
          ? 'serving the queue'
          : `${event.algorithm} ${event.isResumed ? 'goes on' : 'started'}`;
      const label = event.label === null ? '' : ` (${event.label})`;
      return `${what}${label}: ${event.nRunners} runners, seed ${event.seed}, ${event.runId}`;
    }
    case 'best':
      return `best score ${scoreText(event.score)} (${event.version})${boundsText(event.interval)}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'finding':
      return `finding: ${event.finding.message}`;
    case 'stopping':
      return STOPPING[event.step];
    case 'algorithm-event':
      return algorithmEventLine(event.event);
    case 'budget-reached':
      return event.reached.message;
    case 'held-out':
      return `held-out: ${verdictSentence(event.report)}`;
    case 'evaluation-started':
    case 'evaluation-ended':
    case 'rollout-failed':
    case 'rollouts':
    case 'model-calls':
    case 'spend':
    case 'time':
    case 'finding-withdrawn':
    case 'run-ended':
      return undefined;
    default:
      return event satisfies never;
  }
}

function algorithmEventLine(event: AlgorithmEvent): string | undefined {
  switch (event.type) {
    case 'plan':
      return `plan: ${event.rounds} rounds, about ${event.rollouts} rollouts and ${event.modelCalls} optimiser calls`;
    case 'round-started':
      return `round ${event.round} of ${event.rounds}`;
    case 'round-ended':
      return `round ${event.round} ended${event.bestScore === null ? '' : `, best score ${scoreText(event.bestScore)}`}`;
    case 'candidate-scored': {
      const { version, score, interval, unfinished } = event;
      const failed = event.failed === 0 ? '' : `, ${event.failed} failed`;
      const tasks = `${event.tasks} ${event.dataset === 'val' ? 'validation tasks' : 'sampled tasks'}`;
      if (score === null) return `  ${version} has no score: ${unfinished} of ${tasks} have no result${failed}`;
      return `  ${version} scored ${scoreText(score)}${boundsText(interval)} on ${tasks}${failed}`;
    }
    case 'candidate-dropped':
      return `  a child of ${event.parent} was dropped: ${event.reason}`;
    case 'candidate-proposed':
    case 'beam-chosen':
    case 'progress':
    case 'custom':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** ` (95 % 0.470 – 0.758)`; empty without an interval. */
export function boundsText(interval: readonly [low: number, high: number] | null | undefined): string {
  return interval ? ` (95 % ${interval.map(scoreText).join(' – ')})` : '';
}
