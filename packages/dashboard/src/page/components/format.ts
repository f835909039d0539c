// How figures are written, the same everywhere: in the terminal's words where it has any.

import { duration as formatDuration, scoreText } from '@agentlightning/core/run';

export { formatDuration };

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE_TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** `1,204`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** `1 task`, `80 tasks`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** `0.788`; a dash where there is none. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? '–' : scoreText(score).replace('-', '−');
}

/** `+0.338`, `−0.012`, `0.000`. */
export function formatDifference(difference: number): string {
  const text = formatScore(difference);
  return difference > 0 && !/^0\.0+$/.test(text) ? `+${text}` : text;
}

/** `0.685 – 0.863`. */
export function formatInterval([low, high]: readonly [low: number, high: number]): string {
  return `${formatScore(low)} – ${formatScore(high)}`;
}

/** `p = 0.031`, `p < 0.001`. */
export function formatProbability(p: number): string {
  // With spaces that break no line.
  return p < 0.001 ? 'p\u00a0<\u00a00.001' : `p\u00a0=\u00a0${p < 0.095 ? p.toFixed(3) : p.toFixed(2)}`;
}

/** `12 ms`, `1.84 s`, `2:05`: for something that is measured, rather than waited for. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 60 ? `${seconds.toFixed(2)} s` : formatDuration(seconds);
}

/** `$0.42`; small amounts with as many digits as it takes to see them. */
export function formatUsd(usd: number): string {
  return `$${usd >= 0.1 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2)}`;
}

/** `38 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.round(percent)} %`;
}

/** The time of day: `14:02:11`. `epochSeconds` counts since the Unix epoch. */
export function formatTime(epochSeconds: number): string {
  return TIME.format(epochSeconds * 1000);
}

/** Day and time: `29 Nov 2026, 14:02:11`. */
export function formatDateTime(epochSeconds: number): string {
  return DATE_TIME.format(epochSeconds * 1000);
}

/** `512 B`, `1.4 kB`, `3.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
