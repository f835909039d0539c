import {
  type CandidateView,
  type EvaluationView,
  lineageOf as lineageUpFrom,
  type RunView,
  type ScoreView,
} from '@agentlightning/core/run';
import type { BadgeTone } from '../components/badge.tsx';

/** Where a candidate stands, as it is shown. */
export interface ShownState {
  readonly kind: CandidateView['state'] | 'scoring';
  readonly word: string;
  /** Says the same as the word, where there is no room for it. */
  readonly glyph: string;
  readonly tone: BadgeTone;
}

const STATES: Readonly<Record<ShownState['kind'], ShownState>> = {
  open: { kind: 'open', word: 'no score yet', glyph: '◌', tone: 'neutral' },
  scoring: { kind: 'scoring', word: 'being scored', glyph: '◐', tone: 'accent' },
  'in-beam': { kind: 'in-beam', word: 'in the beam', glyph: '●', tone: 'accent' },
  outscored: { kind: 'outscored', word: 'not in the beam', glyph: '○', tone: 'neutral' },
  incomplete: { kind: 'incomplete', word: 'incomplete', glyph: '△', tone: 'warn' },
};

/** All states, in the order in which a candidate may come through them. */
export const SHOWN_STATES: readonly ShownState[] = Object.values(STATES);

/** @param scoring - the snapshots that an evaluation is under way for, see {@link scoringNow} */
export function shownState(candidate: CandidateView, scoring: ReadonlySet<string>): ShownState {
  const isScoring = candidate.resourcesId !== null && scoring.has(candidate.resourcesId);
  return isScoring && candidate.state !== 'in-beam' ? STATES.scoring : STATES[candidate.state];
}

/** The snapshots whose validation is under way. */
export function scoringNow({ evaluations, stopReason, failure }: RunView): ReadonlySet<string> {
  if (stopReason !== null || failure !== null) return new Set();
  const isUnderWay = ({ results, mode }: EvaluationView) => results === null && mode === 'val';
  return new Set(evaluations.filter(isUnderWay).flatMap(({ resourcesIds }) => resourcesIds));
}

/** The score that says most of a candidate: that on the whole validation set, otherwise the latest on a sample. */
export function leadingScore({ validation, samples }: CandidateView): ScoreView | null {
  return validation?.score == null ? (samples.at(-1) ?? validation) : validation;
}

/** What a score was measured on, in words. */
export function datasetWords({ dataset, round }: Pick<ScoreView, 'dataset' | 'round'>): string {
  return dataset === 'val' ? 'validation set' : `sample of round ${round}`;
}

/** The versions from a candidate up to what the search began with, itself first. Ends at a version that is not known. */
export function lineageOf(candidates: readonly CandidateView[], version: string | null | undefined): readonly string[] {
  return lineageUpFrom(candidates, version).map((candidate) => candidate.version);
}
