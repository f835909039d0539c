import './interval-bar.css';

/** A score and its interval as a dot on a line, on a scale that all bars beside it share. Says nothing that is not also written. */
export function IntervalBar({
  score,
  interval,
  range: [low, high],
}: {
  score: number;
  interval: readonly [low: number, high: number] | null;
  range: readonly [low: number, high: number];
}) {
  const x = (value: number) => 3 + ((value - low) / Math.max(high - low, Number.EPSILON)) * 94;
  return (
    <svg class="interval-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <line class="interval-scale" x1="3" x2="97" y1="5" y2="5" />
      {interval === null ? null : <line class="interval-line" x1={x(interval[0])} x2={x(interval[1])} y1="5" y2="5" />}
      <line class="interval-score" x1={x(score)} x2={x(score)} y1="0.5" y2="9.5" />
    </svg>
  );
}
