import type { AlgorithmEvent } from '../algorithm/algorithm-event.ts';
import { withFailure } from './failure-groups.ts';
import { promptTextsOf } from './prompt-texts.ts';
import type { RunEvent } from './run-event.ts';
import {
  type CandidateView,
  type CurvePoint,
  type EvaluationView,
  endedRollouts,
  type RoundView,
  type RunView,
  type ScoreView,
} from './run-view.ts';

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
      // By their names: an entry of a journal has a time besides, which is not where the time went.
      const { runId, runDirectory, isResumed, algorithm, nRunners, seed, heldOutRollouts, label } = event;
      // A process that takes the run up knows of nothing that stopped the one before.
      return {
        ...view,
        ...{ runId, runDirectory, isResumed, algorithm, nRunners, seed, heldOutRollouts },
        label: label ?? null,
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
