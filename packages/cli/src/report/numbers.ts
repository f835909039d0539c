import { scoreText as scoreDigits } from '@agentlightning/core/run';

/** `0.788`; `none` for a score that there is none of. */
export function scoreText(score: number | null): string {
  return score === null ? 'none' : scoreDigits(score);
}

/** `0.686 – 0.863`; empty without an interval. */
export function intervalText(interval: readonly [low: number, high: number] | null): string {
  return interval === null ? '' : interval.map(scoreDigits).join(' – ');
}

/** `12 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `2026-01-12 14:30 UTC`. */
export function timeText(secondsSinceEpoch: number): string {
  return `${new Date(secondsSinceEpoch * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `7 s`, `12 min`, `1 h 2 min`. */
export function durationText(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
