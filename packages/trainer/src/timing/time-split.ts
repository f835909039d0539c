import type { TimeSplit } from '@agentlightning/core/run';
import { bottleneckOf } from './bottleneck.ts';
import { TIME_PARTS, type TimeTotals } from './time-account.ts';

/**
 * What a run's account tells of where the time went. Of the agents' time, the share of their attempts in which a model call was under way is theirs; without any
 * such call nobody knows what they waited for.
 *
 * @param slots - how many rollouts can run at once; `null`: not known
 */
export function timeSplitOf(totals: TimeTotals, slots: number | null): TimeSplit {
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

/** The split with what came after it, in which a process ended. */
export function withEnding(split: TimeSplit, seconds: number): TimeSplit {
  const rest = Math.max(0, seconds);
  return { ...split, wall: split.wall + rest, framework: split.framework + rest };
}
