import { type CandidateView, editWords, evaluationWords, type JournalEntry, partWords } from '@agentlightning/core/run';
import {
  countOf,
  formatCount,
  formatDifference,
  formatDuration,
  formatInterval,
  formatScore,
  formatUsd,
} from '../components/format.ts';

/** What kinds of events there are to choose from. */
const EVENT_KINDS = ['search', 'evaluation', 'problem', 'run', 'counter'] as const;

/** One of {@link EVENT_KINDS}. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** The candidates of a run, by the names that events do not have. */
export type KnownCandidates = readonly Pick<CandidateView, 'version' | 'resourcesId'>[];

type AlgorithmEvent = Extract<JournalEntry, { type: 'algorithm-event' }>['event'];

/** What kind of event it is; one of another version counts among those of the run. */
export function eventKind(entry: JournalEntry): EventKind {
  switch (entry.type) {
    case 'rollouts':
    case 'model-calls':
    case 'spend':
    case 'time':
      return 'counter';
    case 'algorithm-event':
      return entry.event?.type === 'candidate-dropped' ? 'problem' : 'search';
    case 'best':
      return 'search';
    case 'evaluation-started':
    case 'evaluation-ended':
    case 'held-out':
      return 'evaluation';
    case 'rollout-failed':
    case 'warning':
    case 'finding':
    case 'budget-reached':
    case 'run-failed':
      return 'problem';
    case 'run-started':
    case 'run-ended':
    case 'stopping':
    case 'finding-withdrawn':
      return 'run';
    default:
      entry satisfies never;
      return 'run';
  }
}

/**
 * An event in a line of words; one of a shape that is not known here as it is.
 * @param candidates - that the run knows
 */
export function eventText(entry: JournalEntry, candidates: KnownCandidates): string {
  try {
    return wordsOf(entry, candidates);
  } catch {
    return unknownText(entry);
  }
}

function wordsOf(entry: JournalEntry, candidates: KnownCandidates): string {
  switch (entry.type) {
    case 'run-started': {
      const what = entry.algorithm ?? 'a queue';
      return `${entry.isResumed ? 'Goes on' : 'Begins'}: ${what}, ${countOf(entry.nRunners, 'runner')}, seed ${entry.seed}`;
    }
    case 'algorithm-event':
      return algorithmText(entry.event);
    case 'evaluation-started':
      return `Begins: ${evaluationWords(entry, candidates)} (${countOf(entry.rollouts, 'rollout')}, ${entry.mode})`;
    case 'evaluation-ended':
      return `Ended: ${endedWords(entry, candidates)}; ${entry.reason}, ${entry.results.map(({ score }) => scoreText(score.mean, score.interval, score.n)).join('; ')}`;
    case 'rollout-failed':
      return `${entry.rolloutId} ${entry.status}: ${entry.error}`;
    case 'rollouts': {
      const { queued, running, succeeded, failed, cancelled, retried } = entry.counts;
      return `Rollouts: ${formatCount(succeeded)} succeeded, ${formatCount(failed)} failed, ${formatCount(cancelled)} cancelled, ${formatCount(retried ?? 0)} retried, ${formatCount(running)} running, ${formatCount(queued)} queued`;
    }
    case 'model-calls':
      return `Model calls of the optimiser: ${formatCount(entry.count)}`;
    case 'spend': {
      const { modelCalls, tokens, usd } = entry.spend;
      const cost = usd === null ? '' : `, ${formatUsd(usd)}`;
      return `Spent: ${countOf(modelCalls.algorithm + modelCalls.agent, 'model call')}, ${countOf(tokens.prompt + tokens.completion, 'token')}${cost}`;
    }
    case 'time':
      return `Time: ${formatDuration(entry.split.wall)}${entry.split.bottleneck === null ? '' : `; ${entry.split.bottleneck}`}`;
    case 'best':
      return `Best so far: ${entry.version}, ${scoreText(entry.score, entry.interval ?? null, entry.tasks ?? null)}`;
    case 'held-out': {
      const { verdict, difference } = entry.report;
      return `Held-out tasks: ${verdict.replaceAll('-', ' ')}${difference === null ? '' : `, ${formatDifference(difference.mean)}`}`;
    }
    case 'stopping':
      return `Stopping (${entry.step}), asked by ${entry.cause}`;
    case 'budget-reached':
      return entry.reached.message;
    case 'warning':
      return `Warning: ${entry.message}`;
    case 'finding':
      return `Finding: ${entry.finding.message}`;
    case 'finding-withdrawn':
      return `No longer so: ${entry.code.replaceAll('-', ' ')}`;
    case 'run-ended':
      return `Ended: ${entry.stopReason}`;
    case 'run-failed':
      return `Failed: ${entry.error}`;
    default:
      return unknownText(entry satisfies never);
  }
}

function endedWords(
  { key, results }: Extract<JournalEntry, { type: 'evaluation-ended' }>,
  candidates: KnownCandidates,
): string {
  return evaluationWords({ key, resourcesIds: results.map(({ resourcesId }) => resourcesId) }, candidates);
}

function algorithmText(event: AlgorithmEvent): string {
  switch (event.type) {
    case 'plan':
      return `Plan: ${countOf(event.rounds, 'round')}, about ${countOf(event.rollouts, 'rollout')}, ${countOf(event.modelCalls, 'model call')} of the optimiser`;
    case 'round-started':
      return `Round ${event.round} of ${event.rounds} begins`;
    case 'round-ended':
      return `Round ${event.round} ended, best ${formatScore(event.bestScore)}`;
    case 'progress': {
      const of = event.parent === null ? '' : ` of ${event.parent}`;
      return `Round ${event.round}, ${partWords(event.part)}${of}: ${event.doing ?? 'done'}`;
    }
    case 'candidate-proposed':
      return `${event.version} is new${event.parent === null ? '' : `, of ${event.parent}`}${event.edit === null ? '' : ` (${editWords(event.edit)})`}`;
    case 'candidate-dropped':
      return `An edit of ${event.parent} was dropped: ${event.reason}`;
    case 'candidate-scored': {
      const on = event.dataset === 'val' ? 'the validation set' : 'a sample';
      return `${event.version} on ${on}: ${scoreText(event.score, event.interval ?? null, event.tasks)}`;
    }
    case 'beam-chosen':
      return `Beam after round ${event.round}: ${event.versions.join(', ')}`;
    case 'custom':
      return `${event.name} ${JSON.stringify(event.data)}`;
    default:
      return unknownText(event satisfies never);
  }
}

function scoreText(score: number | null, interval: readonly [number, number] | null, tasks: number | null): string {
  const n = tasks === null ? '' : `, n = ${formatCount(tasks)}`;
  if (score === null) return `incomplete${n}`;
  return `${formatScore(score)}${interval === null ? '' : ` (95 % ${formatInterval(interval)}${n})`}`;
}

/** Of a newer version. */
function unknownText(event: unknown): string {
  return JSON.stringify(event);
}
