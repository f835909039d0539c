import type { AlgorithmEvent } from '../algorithm/algorithm-event.ts';
import { type PromptTextByName, promptTextsOf } from './prompt-texts.ts';
import type { CandidateResult, Finding, RolloutCounts, RunEvent } from './run-event.ts';
import type { HeldOutReport } from './score.ts';
import type { Budget, BudgetReached, Spend } from './spend.ts';
import type { StopReason, StopStep } from './stop.ts';
import type { TimeSplit } from './time-split.ts';

/** One score of a candidate. */
export interface ScoreView {
  readonly round: number;
  readonly dataset: 'val-sample' | 'val';
  /** `null`: incomplete. */
  readonly score: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number;
  readonly failed: number;
  readonly unfinished: number;
}

/** Where a candidate stands. */
export type CandidateState =
  /** It has no score yet. */
  | 'open'
  /** In the beam that was chosen last. */
  | 'in-beam'
  /** Scored, and not in that beam (any more). */
  | 'outscored'
  /** Its last score is incomplete, and it is not in the beam. */
  | 'incomplete';

/** A node of the search. */
export interface CandidateView {
  readonly version: string;
  readonly parent: string | null;
  /** 0 for what the search began with. */
  readonly round: number;
  readonly state: CandidateState;
  /** Its prompts by name; empty if nothing but its score is known. */
  readonly prompts: readonly PromptTextByName[];
  /** The snapshot that its rollouts run with; `null` if it is not known. */
  readonly resourcesId: string | null;
  readonly critique: string | null;
  readonly edit: string | null;
  /** Scores on samples of the validation set, in the order in which they became known. */
  readonly samples: readonly ScoreView[];
  /** The latest score on the whole validation set. */
  readonly validation: ScoreView | null;
  /** Rounds after which it was in the beam. */
  readonly beams: readonly number[];
}

/** A branch that brought no candidate. */
export interface DroppedView {
  readonly parent: string;
  readonly round: number;
  readonly reason: string;
  readonly critique: string | null;
}

/** One round of the search. */
export interface RoundView {
  readonly round: number;
  /** Times of events, in seconds since the Unix epoch; `null` when not known. */
  readonly startTime: number | null;
  readonly endTime: number | null;
  /** Versions, best first; `null` as long as it is not chosen. */
  readonly beam: readonly string[] | null;
  readonly bestScore: number | null;
}

/** A part of the work that is going on. */
export interface PartView {
  readonly part: string;
  readonly round: number;
  readonly parent: string | null;
  readonly doing: string;
}

/** An evaluation, under way or done. */
export interface EvaluationView {
  readonly key: string;
  readonly mode: string;
  readonly rollouts: number;
  readonly resourcesIds: readonly string[];
  readonly rows: readonly (number | null)[];
  /** `null` while it is under way. */
  readonly results: readonly CandidateResult[] | null;
}

/** A point of the score curve: a score on the whole validation set, and what was spent when it became known. */
export interface CurvePoint {
  /** Seconds since the Unix epoch; `null` when not known. */
  readonly time: number | null;
  readonly version: string;
  readonly round: number;
  readonly score: number;
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number;
  readonly isBest: boolean;
  readonly rollouts: number;
  readonly modelCalls: number;
  /** `null` without prices. */
  readonly usd: number | null;
}

/** Rollouts that failed for the same reason. */
export interface FailureGroup {
  /** With what differs from one to the next, such as numbers and ids, left out. */
  readonly message: string;
  readonly count: number;
  /** One of them. */
  readonly rolloutId: string;
  readonly example: string;
}

/** What a person wants to know of a run, under way or afterwards. Built from events alone: a terminal, a page and a report show the same. */
export interface RunView {
  readonly runId: string | null;
  readonly runDirectory: string | null;
  /** Said beside every score; `null` when there is nothing to say. */
  readonly label: string | null;
  readonly algorithm: string | null;
  readonly nRunners: number;
  readonly seed: number | null;
  readonly isResumed: boolean;
  /** Of the first and the latest event, in seconds since the Unix epoch; `null` when not known. */
  readonly startTime: number | null;
  readonly lastTime: number | null;
  /** The round that began last, and of how many; 0 before the first. */
  readonly round: number;
  readonly rounds: number;
  readonly roundList: readonly RoundView[];
  /** In the order in which they became known. */
  readonly candidates: readonly CandidateView[];
  readonly dropped: readonly DroppedView[];
  readonly parts: readonly PartView[];
  readonly evaluations: readonly EvaluationView[];
  readonly curve: readonly CurvePoint[];
  readonly rollouts: RolloutCounts;
  /** How many rollouts are planned in all, the test set included; `null` while the algorithm has not said. */
  readonly plannedRollouts: number | null;
  /** Likewise. */
  readonly plannedModelCalls: number | null;
  readonly heldOutRollouts: number;
  /** Of the algorithm. */
  readonly modelCalls: number;
  /** `null` before the run has told of any. */
  readonly spend: Spend | null;
  /** `null` without limits. */
  readonly budget: Budget | null;
  readonly budgetReached: BudgetReached | null;
  readonly time: TimeSplit | null;
  /** The first score on the whole validation set, which is that of the initial resources for algorithms that begin with them. */
  readonly firstScore: number | null;
  readonly best: {
    readonly score: number;
    /** Of the score; `null` when not known. */
    readonly interval: readonly [low: number, high: number] | null;
    readonly tasks: number | null;
    readonly version: string;
    readonly prompts: readonly PromptTextByName[];
  } | null;
  readonly heldOut: HeldOutReport | null;
  /** The most frequent first. */
  readonly failures: readonly FailureGroup[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
  /** How far stopping was asked to go; `null` while nobody has. */
  readonly stopStep: StopStep | null;
  readonly stopReason: StopReason | null;
  /** What it failed with. */
  readonly failure: string | null;
}

/** A run nothing is known of yet. */
export const emptyRunView: RunView = {
  runId: null,
  runDirectory: null,
  label: null,
  algorithm: null,
  nRunners: 0,
  seed: null,
  isResumed: false,
  startTime: null,
  lastTime: null,
  round: 0,
  rounds: 0,
  roundList: [],
  candidates: [],
  dropped: [],
  parts: [],
  evaluations: [],
  curve: [],
  rollouts: { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, retried: 0 },
  plannedRollouts: null,
  plannedModelCalls: null,
  heldOutRollouts: 0,
  modelCalls: 0,
  spend: null,
  budget: null,
  budgetReached: null,
  time: null,
  firstScore: null,
  best: null,
  heldOut: null,
  failures: [],
  findings: [],
  warnings: [],
  stopStep: null,
  stopReason: null,
  failure: null,
};

/**
 * The view after one more event. Pure. An event of a newer version, of a type that is not known here, changes nothing.
 *
 * @param time - of the event, in seconds since the Unix epoch; `null` when it is not known
 */
export function updateRunView(view: RunView, event: RunEvent, time: number | null = null): RunView {
  const startTime = view.startTime ?? time;
  const lastTime = time ?? view.lastTime;
  const next = updateFromEvent(view, event, time);
  return next.startTime === startTime && next.lastTime === lastTime ? next : { ...next, startTime, lastTime };
}

function updateFromEvent(view: RunView, event: RunEvent, time: number | null): RunView {
  switch (event.type) {
    case 'run-started': {
      const { type: _type, ...started } = event;
      // A process that takes the run up knows of nothing that stopped the one before.
      return {
        ...view,
        ...started,
        label: event.label ?? null,
        parts: [],
        stopStep: null,
        stopReason: null,
        failure: null,
        budgetReached: null,
      };
    }
    case 'algorithm-event':
      return updateFromAlgorithm(view, event.event, { time, resourcesId: event.resourcesId ?? null });
    case 'evaluation-started': {
      const { type: _type, ...started } = event;
      return { ...view, evaluations: replacedByKey(view.evaluations, { ...started, results: null }) };
    }
    case 'evaluation-ended': {
      const { key, mode, rows, results } = event;
      const resourcesIds = results.map((result) => result.resourcesId);
      const ended = { key, mode, rows, results, resourcesIds, rollouts: rows.length * results.length };
      return { ...view, evaluations: replacedByKey(view.evaluations, ended) };
    }
    case 'rollout-failed':
      return { ...view, failures: withFailure(view.failures, event) };
    case 'rollouts':
      return { ...view, rollouts: { ...event.counts, retried: event.counts.retried ?? 0 } };
    case 'model-calls':
      return { ...view, modelCalls: event.count };
    case 'spend':
      return { ...view, spend: event.spend, budget: event.budget };
    case 'time':
      return { ...view, time: event.split };
    case 'best':
      return {
        ...view,
        best: {
          score: event.score,
          // Journals of earlier versions have neither.
          interval: event.interval ?? null,
          tasks: event.tasks ?? null,
          version: event.version,
          prompts: promptTextsOf(event.candidate),
        },
        firstScore: view.firstScore ?? event.score,
        curve: view.curve.map((point) =>
          point.version === event.version && point.score === event.score ? { ...point, isBest: true } : point,
        ),
      };
    case 'held-out':
      return { ...view, heldOut: event.report };
    case 'stopping':
      return { ...view, stopStep: event.step };
    case 'budget-reached':
      return { ...view, budgetReached: event.reached };
    case 'warning':
      return view.warnings.includes(event.message) ? view : { ...view, warnings: [...view.warnings, event.message] };
    case 'finding':
      return {
        ...view,
        findings: [...view.findings.filter(({ code }) => code !== event.finding.code), event.finding],
      };
    case 'finding-withdrawn':
      return { ...view, findings: view.findings.filter(({ code }) => code !== event.code) };
    case 'run-ended':
      return { ...view, stopReason: event.stopReason, parts: [] };
    case 'run-failed':
      return { ...view, failure: event.error, parts: [] };
    default:
      event satisfies never;
      return view;
  }
}

function updateFromAlgorithm(
  view: RunView,
  event: AlgorithmEvent,
  { time, resourcesId }: { readonly time: number | null; readonly resourcesId: string | null },
): RunView {
  switch (event.type) {
    case 'plan':
      return {
        ...view,
        rounds: event.rounds,
        plannedRollouts: event.rollouts + view.heldOutRollouts,
        plannedModelCalls: event.modelCalls,
      };
    case 'round-started':
      return {
        ...view,
        round: event.round,
        rounds: event.rounds,
        roundList: withRound(view.roundList, event.round, { startTime: time }),
      };
    case 'round-ended':
      return {
        ...view,
        roundList: withRound(view.roundList, event.round, { endTime: time, bestScore: event.bestScore }),
      };
    case 'beam-chosen':
      return {
        ...view,
        roundList: withRound(view.roundList, event.round, { beam: event.versions }),
        candidates: view.candidates.map((candidate) => afterBeam(candidate, event)),
      };
    case 'progress': {
      const { part, round, parent, doing } = event;
      const others = view.parts.filter((other) => other.part !== part || other.round !== round);
      return { ...view, parts: doing === null ? others : [...others, { part, round, parent, doing }] };
    }
    case 'candidate-proposed': {
      const { version, parent, round, critique, edit } = event;
      const prompts = promptTextsOf(event.candidate);
      return withCandidate(view, version, (known) => ({
        ...known,
        parent,
        round,
        critique,
        edit,
        prompts,
        resourcesId,
      }));
    }
    case 'candidate-dropped': {
      const { parent, round, reason, critique } = event;
      return { ...view, dropped: [...view.dropped, { parent, round, reason, critique: critique ?? null }] };
    }
    case 'candidate-scored': {
      const { type: _type, version, ...rest } = event;
      return withScore(view, version, { ...rest, interval: rest.interval ?? null }, time);
    }
    case 'custom':
      return view;
    default:
      event satisfies never;
      return view;
  }
}

function withScore(view: RunView, version: string, score: ScoreView, time: number | null): RunView {
  const next = withCandidate(view, version, (known) => {
    const state = known.state === 'in-beam' ? known.state : score.score === null ? 'incomplete' : 'open';
    return score.dataset === 'val'
      ? { ...known, validation: score }
      : { ...known, state, samples: [...known.samples, score] };
  });
  if (score.dataset !== 'val' || score.score === null) return next;
  const point: CurvePoint = {
    time,
    version,
    round: score.round,
    score: score.score,
    interval: score.interval,
    tasks: score.tasks,
    isBest: view.best?.version === version,
    rollouts: endedRollouts(view),
    modelCalls: view.modelCalls,
    usd: view.spend?.usd ?? null,
  };
  return { ...next, firstScore: view.firstScore ?? score.score, curve: [...view.curve, point] };
}

/** Changes a candidate, or one that only its version is known of. */
function withCandidate(view: RunView, version: string, change: (known: CandidateView) => CandidateView): RunView {
  const { candidates } = view;
  const isKnown = candidates.some((candidate) => candidate.version === version);
  const unknown: CandidateView = {
    version,
    parent: null,
    round: 0,
    state: 'open',
    prompts: [],
    resourcesId: null,
    critique: null,
    edit: null,
    samples: [],
    validation: null,
    beams: [],
  };
  return {
    ...view,
    candidates: isKnown
      ? candidates.map((candidate) => (candidate.version === version ? change(candidate) : candidate))
      : [...candidates, change(unknown)],
  };
}

function afterBeam(
  candidate: CandidateView,
  { round, versions }: Extract<AlgorithmEvent, { readonly type: 'beam-chosen' }>,
): CandidateView {
  if (versions.includes(candidate.version)) {
    return { ...candidate, state: 'in-beam', beams: [...candidate.beams.filter((known) => known !== round), round] };
  }
  const last = candidate.samples.at(-1);
  if (last === undefined) return candidate.state === 'in-beam' ? { ...candidate, state: 'outscored' } : candidate;
  return { ...candidate, state: last.score === null ? 'incomplete' : 'outscored' };
}

function withRound(rounds: readonly RoundView[], round: number, change: Partial<RoundView>): readonly RoundView[] {
  const known = rounds.find((other) => other.round === round);
  const changed = { ...(known ?? { round, startTime: null, endTime: null, beam: null, bestScore: null }), ...change };
  return known === undefined ? [...rounds, changed] : rounds.map((other) => (other === known ? changed : other));
}

function replacedByKey(evaluations: readonly EvaluationView[], evaluation: EvaluationView): readonly EvaluationView[] {
  const isKnown = evaluations.some(({ key }) => key === evaluation.key);
  return isKnown
    ? evaluations.map((other) => (other.key === evaluation.key ? evaluation : other))
    : [...evaluations, evaluation];
}

/** Groups that are kept apart; what comes on top is counted with the last. */
const MOST_FAILURE_GROUPS = 50;

function withFailure(
  groups: readonly FailureGroup[],
  { error, rolloutId }: { readonly error: string; readonly rolloutId: string },
): readonly FailureGroup[] {
  const isFull = groups.length >= MOST_FAILURE_GROUPS;
  const own = failurePattern(error);
  const message = isFull && !groups.some((group) => group.message === own) ? OTHER_FAILURES : own;
  const known = groups.find((group) => group.message === message);
  const changed =
    known === undefined ? { message, count: 1, rolloutId, example: error } : { ...known, count: known.count + 1 };
  return [...groups.filter((group) => group !== known), changed].sort((a, b) => b.count - a.count);
}

const OTHER_FAILURES = 'other errors';

/** An error without what differs from one rollout to the next. */
function failurePattern(error: string): string {
  return error
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|0x[0-9a-f]+|[0-9a-f]{16,}/gi, '…')
    .replace(/\d+(\.\d+)?/g, '…')
    .slice(0, 200);
}

/** Rollouts that have ended, however they did. */
export function endedRollouts({ rollouts }: Pick<RunView, 'rollouts'>): number {
  return rollouts.succeeded + rollouts.failed + rollouts.cancelled;
}

/**
 * Seconds until the planned rollouts are done if they go on at the pace so far; `undefined` when there is nothing to go by. An estimate: the model
 * calls of the algorithm are taken to go along with the rollouts.
 */
export function secondsLeft(
  view: Pick<RunView, 'rollouts' | 'plannedRollouts'>,
  elapsedSeconds: number,
): number | undefined {
  const ended = endedRollouts(view);
  if (view.plannedRollouts === null || ended < 5) return undefined;
  return (elapsedSeconds / ended) * Math.max(0, view.plannedRollouts - ended);
}
