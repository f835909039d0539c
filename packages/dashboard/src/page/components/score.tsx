import './score.css';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { Badge } from './badge.tsx';
import { formatCount, formatInterval, formatScore } from './format.ts';

/** What is said beside scores, such as `simulated models`; `null` for nothing. */
export const ScoreLabel = createContext<string | null>(null);

/** The label of all scores, where scores stand: quiet, as it stands beside each of them; loud where it is said once. */
export function ScoreLabelBadge({ isLoud = false }: { isLoud?: boolean }) {
  const label = useContext(ScoreLabel);
  return label === null ? null : <Badge tone={isLoud ? 'warn' : 'neutral'}>{label}</Badge>;
}

/** A score with what it takes to judge it: its 95 % interval and how many tasks it was measured on. */
export function Score({
  score,
  interval,
  tasks,
  isLarge = false,
}: {
  /** `null`: incomplete. */
  score: number | null;
  interval: readonly [low: number, high: number] | null;
  /** `null`: not known. */
  tasks: number | null;
  isLarge?: boolean;
}) {
  return (
    <span class={isLarge ? 'score score-large' : 'score'}>
      <strong>{score === null ? 'incomplete' : formatScore(score)}</strong>{' '}
      <span class="muted small">
        {interval === null ? '' : `95 % ${formatInterval(interval)} · `}
        {tasks === null ? '' : `n\u00a0=\u00a0${formatCount(tasks)}`}
      </span>
    </span>
  );
}
