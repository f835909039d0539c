import { countOf, formatBytes, formatCount } from '../components/format.ts';
import { excerptOf } from '../json/excerpt.ts';
import type { WorkerWire } from '../store/records.ts';

/** What runners of this repository tell with each heartbeat, in words. */
const WORDS: Readonly<Record<string, (value: number) => string>> = {
  slots: (slots) => countOf(slots, 'slot'),
  busy: (busy) => `${formatCount(busy)} busy`,
  rssBytes: (bytes) => `${formatBytes(bytes)} of memory`,
};

/** What a worker says of itself: what is known in words, whatever else it says as it is; empty if it says nothing. */
export function statsText({ heartbeat_stats: stats }: WorkerWire): string {
  if (stats === null) return '';
  const known = Object.entries(WORDS).flatMap(([name, words]) => {
    const value = stats[name];
    return typeof value === 'number' ? [words(value)] : [];
  });
  const rest = Object.entries(stats).filter(([name, value]) => !(name in WORDS && typeof value === 'number'));
  return [...known, ...(rest.length === 0 ? [] : [excerptOf(Object.fromEntries(rest), 200)])].join(' · ');
}

/** On how many rollouts workers can work at once; `undefined` unless each of them has said so. */
export function slotsOf(workers: readonly WorkerWire[]): number | undefined {
  let sum = 0;
  for (const { heartbeat_stats: stats } of workers) {
    const slots = stats?.['slots'];
    if (typeof slots !== 'number') return undefined;
    sum += slots;
  }
  return sum;
}
