import type { CandidateView, RunView } from '@agentlightning/core/run';
import type { CSSProperties } from 'preact';
import { countOf, formatInterval, formatScore } from '../components/format.ts';
import type { BeamItem } from './beam-layout.ts';
import { datasetWords, leadingScore, type ShownState } from './candidate-state.ts';
import { IntervalBar } from './interval-bar.tsx';

/** Something of the tree that is no candidate: it is being worked on, or was dropped. Said in words beside the tree. */
export function OtherNode({ item, style }: { item: Exclude<BeamItem, { kind: 'candidate' }>; style: CSSProperties }) {
  const text = item.kind === 'part' ? item.part.doing : `${item.dropped.length} dropped`;
  const title = item.kind === 'part' ? text : item.dropped.map(({ reason }) => reason).join('\n');
  return (
    <div class={`beam-node beam-${item.kind}`} style={style} aria-hidden="true" title={title}>
      <span class="beam-glyph">{item.kind === 'part' ? '◐' : '✕'}</span>
      <span class="beam-doing">{text}</span>
    </div>
  );
}

/** How a candidate looks in the tree. */
export function nodeClass(state: ShownState, isOnBestWay: boolean): string {
  return `beam-node beam-candidate beam-${state.kind}${isOnBestWay ? ' is-best-way' : ''}`;
}

/** A candidate in a line: its version, score, interval and number of tasks; the same as a sentence for those who hear it. */
export function NodeContent({
  candidate,
  state,
  isBest,
  range,
}: {
  candidate: CandidateView;
  state: ShownState;
  isBest: boolean;
  /** Of all bars, see {@link scoreRange}. */
  range: readonly [low: number, high: number];
}) {
  const score = leadingScore(candidate);
  return (
    <>
      <span class="visually-hidden">{nodeLabel(candidate, state, isBest)}</span>
      <span aria-hidden="true" class="beam-glyph">
        {isBest ? '★' : state.glyph}
      </span>
      <strong aria-hidden="true" class="beam-version">
        {candidate.version}
      </strong>
      <span aria-hidden="true" class="beam-score">
        {score?.score == null ? '' : formatScore(score.score)}
      </span>
      <span aria-hidden="true" class="beam-interval">
        {score?.score == null ? null : <IntervalBar score={score.score} interval={score.interval} range={range} />}
      </span>
      <span aria-hidden="true" class="beam-tasks">
        {score === null ? '' : `n ${score.tasks}`}
      </span>
    </>
  );
}

/** What there is to say of a candidate, in a sentence. */
export function nodeLabel(candidate: CandidateView, state: ShownState, isBest: boolean): string {
  const { version, parent, round } = candidate;
  const score = leadingScore(candidate);
  return [
    version,
    isBest ? 'the best so far' : undefined,
    parent === null ? 'what the search began with' : `child of ${parent}, round ${round}`,
    state.word,
    score === null
      ? undefined
      : score.score === null
        ? `incomplete score: ${score.unfinished} of ${countOf(score.tasks, 'task')} have no result`
        : `${formatScore(score.score)}${score.interval === null ? '' : `, 95 % interval ${formatInterval(score.interval)}`}, ${countOf(score.tasks, 'task')}, ${datasetWords(score)}`,
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}

/** From the lowest to the highest end of any interval; at least from 0 to 1 for rewards that are shares. */
export function scoreRange({ candidates }: RunView): readonly [number, number] {
  const ends = candidates.flatMap((candidate) => {
    const score = leadingScore(candidate);
    return score?.score == null ? [] : [score.score, ...(score.interval ?? [])];
  });
  return [Math.min(0, ...ends), Math.max(1, ...ends)];
}
