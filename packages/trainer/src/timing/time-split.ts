import type { TimeSplit } from '@agentlightning/core/run';
import { bottleneckOf } from './bottleneck.ts';
import { TIME_PARTS, type TimeTotals } from './time-account.ts';

/** What an account had come to, and when. Plain JSON: it crosses threads. */
export interface TimeReading {
  readonly totals: TimeTotals;
  /** How many rollouts could run at once; `null`: not known. */
  readonly slots: number | null;
  /** Seconds since the Unix epoch. */
  readonly until: number;
}

/**
 * What a run's account tells of where the time went. Of the agents' time, the share of their attempts in which a model call was under way is theirs; without any
 * such call nobody knows what they waited for.
 */
export function timeSplitOf({ totals, slots }: Omit<TimeReading, 'until'>): TimeSplit {
  const { waitingForSlot, agents, heldOff, untold, optimizer, framework, attemptSeconds, modelSeconds } = totals;
  const wall = TIME_PARTS.reduce((sum, part) => sum + totals[part], 0);
  const share = totals.modelCalls === 0 || attemptSeconds === 0 ? null : modelSeconds / attemptSeconds;
  const parts = {
    wall,
    waitingForSlot,
    agentModels: heldOff + (share === null ? 0 : agents * share),
    agentCode: share === null ? 0 : agents * (1 - share),
    agentUnknown: untold + (share === null ? agents : 0),
    optimizer,
    framework,
  };
  return { ...parts, bottleneck: bottleneckOf(parts, totals, slots) };
}

/** A reading with what came after it until `endTime`, in which a process ended. */
export function withEnding(reading: TimeReading, endTime: number): TimeReading {
  const { totals, until } = reading;
  const rest = Math.max(0, endTime - until);
  return { ...reading, totals: { ...totals, framework: totals.framework + rest }, until: until + rest };
}
