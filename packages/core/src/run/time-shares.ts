import type { TimeSplit } from './time-split.ts';

/** A part of the wall time. */
export interface TimeShare {
  /** As a person calls it, such as `waiting for a slot`. */
  readonly name: string;
  readonly seconds: number;
  /** Of the wall time, from 0 to 1. */
  readonly share: number;
}

/** Where the time went, the largest part first; parts of less than half a percent are left out. Empty as long as there was no time. */
export function timeShares(split: TimeSplit): readonly TimeShare[] {
  const { wall } = split;
  if (wall <= 0) return [];
  return [
    { name: 'waiting for a slot', seconds: split.waitingForSlot },
    { name: "agents' models", seconds: split.agentModels },
    { name: "agents' code", seconds: split.agentCode },
    { name: 'agents', seconds: split.agentUnknown },
    { name: 'optimiser calls', seconds: split.optimizer },
    { name: 'framework', seconds: split.framework },
  ]
    .map(({ name, seconds }) => ({ name, seconds, share: seconds / wall }))
    .filter(({ share }) => share >= 0.005)
    .sort((a, b) => b.share - a.share);
}
