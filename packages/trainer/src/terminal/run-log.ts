import type { AlgorithmEvent } from '@agentlightning/core';
import {
  type COUNTER_EVENTS,
  counted,
  grouped,
  isCounterEvent,
  type RunView,
  type ScoreView,
  scoreText,
} from '@agentlightning/core/run';
import type { TrainerEvent } from '../trainer-event.ts';
import { boundsText, eventLine } from './event-line.ts';

type ValidationEvent = Extract<AlgorithmEvent, { readonly type: 'candidate-scored' }>;
type CounterEvent = Extract<TrainerEvent, { readonly type: (typeof COUNTER_EVENTS)[number] }>;
type BestEvent = Extract<TrainerEvent, { readonly type: 'best' }>;

/** So many of those that are ahead are named. */
const MOST_AHEAD = 3;
/** So many reasons why proposals were dropped are told. */
const MOST_REASONS = 2;

/**
 * A run as lines of a log, for a reader who has nothing else: one for each round of the search when it has chosen what it goes on with, one for each validation, which
 * says what round it is of, since it may come while later rounds are under way; and what is wrong. May hold what a model has written: not yet fit for a terminal.
 */
export class RunLog {
  readonly #toldRounds = new Set<number>();
  readonly #validatedRounds = new Set<number>();
  readonly #findings = new Set<string>();
  #hasPlan = false;
  /** The best before the latest validation. */
  #best: Pick<BestEvent, 'score' | 'version'> | undefined;
  /** A validation of which the next event tells whether it is the best. */
  #pending: ValidationEvent | undefined;

  /**
   * Takes the next event.
   * @param view - with the event in it
   * @returns the lines to write, often none
   */
  take(event: TrainerEvent, view: RunView): readonly string[] {
    if (isCounter(event)) return [];
    if (event.type === 'best') return this.#bestLines(event);
    return [...this.flush(), ...this.#linesOf(event, view)];
  }

  /** What was held back, once nothing comes that belongs to it. */
  flush(): readonly string[] {
    const validation = this.#pending;
    if (validation === undefined) return [];
    this.#pending = undefined;
    const best = this.#best;
    return [`${validationText(validation)}${best === undefined ? '' : `, best is still ${scored(best)}`}`];
  }

  #bestLines(event: BestEvent): readonly string[] {
    const before = this.#best;
    const validation = this.#pending?.version === event.version ? this.#pending : undefined;
    if (validation !== undefined) this.#pending = undefined;
    const held = this.flush();
    this.#best = event;
    if (validation === undefined) return [...held, ...lines(eventLine(event))];
    const gain = before === undefined ? '' : `, ${signed(event.score - before.score)} over ${before.version}`;
    return [`${validationText(validation)}, best so far${gain}`];
  }

  #linesOf(event: Exclude<TrainerEvent, BestEvent | CounterEvent>, view: RunView): readonly string[] {
    switch (event.type) {
      case 'algorithm-event':
        return this.#algorithmLines(event.event, view);
      case 'finding': {
        // The same one again comes with other numbers.
        const isNew = !this.#findings.has(event.finding.code);
        this.#findings.add(event.finding.code);
        return isNew ? lines(eventLine(event)) : [];
      }
      case 'finding-withdrawn':
        this.#findings.delete(event.code);
        return [];
      case 'rollout-failed': {
        const group = view.failures.find(({ rolloutId }) => rolloutId === event.rolloutId);
        return group?.count === 1 ? [`a rollout failed: ${event.error}`] : [];
      }
      case 'run-started':
        // What an earlier process has told is not told again.
        for (const { round, beam, endTime } of view.roundList) {
          if (beam !== null || endTime !== null) this.#toldRounds.add(round);
        }
        return lines(eventLine(event));
      case 'run-ended':
        return this.#roundsBefore(Infinity, view);
      case 'budget-reached':
      case 'held-out':
      case 'stopping':
      case 'warning':
        return lines(eventLine(event));
      case 'evaluation-started':
      case 'evaluation-ended':
        return [];
      default:
        return event satisfies never;
    }
  }

  #algorithmLines(event: AlgorithmEvent, view: RunView): readonly string[] {
    switch (event.type) {
      case 'plan': {
        if (this.#hasPlan) return [];
        this.#hasPlan = true;
        return [planText(view)];
      }
      case 'round-started':
        return this.#roundsBefore(event.round, view);
      case 'beam-chosen':
        return [...this.#roundsBefore(event.round, view), ...this.#roundLines(event.round, view)];
      case 'candidate-scored':
        if (event.dataset !== 'val') return [];
        this.#pending = event;
        this.#validatedRounds.add(event.round);
        return [];
      case 'round-ended': {
        const search = this.#roundLines(event.round, view);
        // A validation has said it, and which one is the best.
        if (this.#validatedRounds.has(event.round)) return search;
        const { bestScore } = event;
        const best =
          view.best?.score === bestScore ? scored(view.best!) : bestScore === null ? '' : scoreText(bestScore);
        return [...search, `${nameOf(event.round, view)} ended${best === '' ? '' : `, best is ${best}`}`];
      }
      case 'candidate-dropped':
      case 'candidate-proposed':
      case 'progress':
      case 'custom':
        return [];
      default:
        return event satisfies never;
    }
  }

  /** Rounds that have told of no choice before a later one begins. */
  #roundsBefore(round: number, view: RunView): readonly string[] {
    return view.roundList
      .filter((other) => other.round < round)
      .flatMap((other) => this.#roundLines(other.round, view));
  }

  #roundLines(round: number, view: RunView): readonly string[] {
    if (this.#toldRounds.has(round)) return [];
    const text = searchText(round, view);
    if (text === '') return [];
    this.#toldRounds.add(round);
    return [`${nameOf(round, view)}: ${text}`];
  }
}

function isCounter(event: TrainerEvent): event is CounterEvent {
  return isCounterEvent(event);
}

function lines(line: string | undefined): readonly string[] {
  return line === undefined ? [] : [line];
}

function nameOf(round: number, { rounds }: RunView): string {
  return rounds === 0 ? `round ${round}` : `round ${round} of ${rounds}`;
}

function planText({ rounds, plannedRollouts, plannedModelCalls, heldOutRollouts }: RunView): string {
  const heldOut = heldOutRollouts === 0 ? '' : ` (${grouped(heldOutRollouts)} of them on the test set)`;
  return `plan: ${counted(rounds, 'round')}, about ${counted(plannedRollouts ?? 0, 'rollout')}${heldOut} and ${counted(plannedModelCalls ?? 0, 'optimiser call')}`;
}

function validationText({ version, round, score, interval, failed, tasks, unfinished }: ValidationEvent): string {
  const where = `validation, ${round === 0 ? 'start' : `round ${round}`}: ${version}`;
  const failures = failed === 0 ? '' : `, ${grouped(failed)} failed`;
  if (score === null) {
    return `${where} has no score: ${grouped(unfinished)} of ${counted(tasks, 'task')} have no result${failures}`;
  }
  return `${where} scored ${scoreText(score)}${boundsText(interval)} on ${counted(tasks, 'task')}${failures}`;
}

/** What was tried in a round, and what is ahead; empty if there is nothing to tell. */
function searchText(round: number, { candidates, dropped, roundList }: RunView): string {
  const tried = candidates.filter((candidate) => candidate.round === round);
  const lost = dropped.filter((other) => other.round === round);
  const samples = new Map<string, ScoreView>();
  for (const { version, samples: all } of candidates) {
    const sample = all.findLast((score) => score.round === round);
    if (sample !== undefined) samples.set(version, sample);
  }
  const beam = roundList.find((other) => other.round === round)?.beam ?? byScore(samples);
  const scores = [...samples.values()];
  const failed = scores.reduce((sum, score) => sum + score.failed, 0);
  const unscored = scores.filter(({ score }) => score === null).length;
  return [
    ...(tried.length === 0 && lost.length === 0 ? [] : [counted(tried.length, 'new candidate')]),
    ...(lost.length === 0 ? [] : [`${grouped(lost.length)} dropped (${reasonsOf(lost.map(({ reason }) => reason))})`]),
    ...(unscored === 0 ? [] : [`${grouped(unscored)} without a score`]),
    ...(failed === 0 ? [] : [`${counted(failed, 'rollout')} failed`]),
    ...(beam.length === 0 ? [] : [aheadText(beam, samples)]),
  ].join(', ');
}

function byScore(samples: ReadonlyMap<string, ScoreView>): readonly string[] {
  return [...samples]
    .filter(([, { score }]) => score !== null)
    .sort(([, a], [, b]) => b.score! - a.score!)
    .map(([version]) => version);
}

function aheadText(versions: readonly string[], samples: ReadonlyMap<string, ScoreView>): string {
  const tasks = new Set(versions.flatMap((version) => samples.get(version)?.tasks ?? []));
  const set = tasks.size === 1 ? ` on ${counted([...tasks][0]!, 'sampled task')}` : '';
  const named = versions.slice(0, MOST_AHEAD).map((version) => {
    const score = samples.get(version)?.score ?? null;
    return score === null ? version : `${version} ${scoreText(score)}`;
  });
  const more = versions.length - named.length;
  return `ahead${set}: ${named.join(', ')}${more === 0 ? '' : ` and ${grouped(more)} more`}`;
}

/** The most frequent ones. */
function reasonsOf(all: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of all) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].sort(([, a], [, b]) => b - a).map(([reason]) => reason);
  const more = reasons.length > MOST_REASONS ? '; …' : '';
  return `${reasons.slice(0, MOST_REASONS).join('; ')}${more}`;
}

function scored({ version, score }: Pick<BestEvent, 'score' | 'version'>): string {
  return `${version}, ${scoreText(score)}`;
}

function signed(change: number): string {
  return `${change < 0 ? '' : '+'}${scoreText(change)}`;
}
