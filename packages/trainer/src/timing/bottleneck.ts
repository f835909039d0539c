import type { TimeSplit } from '@agentlightning/core/run';
import { Latencies } from './latencies.ts';
import type { TimeTotals } from './time-account.ts';

type Parts = Omit<TimeSplit, 'bottleneck'>;

/** With less nothing is said: the start of a run says little of the rest. */
const SHORTEST_WALL_SECONDS = 1;
const FEWEST_ATTEMPTS = 3;

/** What takes a large share is the bottleneck if it is ahead of all else; what takes a smaller one, if it is well ahead. */
const LARGE_SHARE = 0.4;
const AHEAD = 1.25;
const WELL_AHEAD = 1.5;
/** What is named where nothing stands out. */
const NAMED_SHARE = 0.1;

/** The slowest hold the rest up where few are left for so long, and they are so much slower. */
const TAIL_SHARE = 0.25;
const TAIL_RATIO = 3;

/** Agents that compute for so much of their time may keep a processor busy. */
const BUSY_SHARE = 0.5;

/**
 * What would have to be faster for the run to be faster, in a sentence with its numbers; `null` as long as too little is known.
 * @param slots - how many rollouts can run at once; `null`: not known
 */
export function bottleneckOf(parts: Parts, totals: TimeTotals, slots: number | null): string | null {
  const latencies = new Latencies(totals.latencies);
  if (parts.wall < SHORTEST_WALL_SECONDS || latencies.total < FEWEST_ATTEMPTS) return null;
  const shares = {
    slot: parts.waitingForSlot / parts.wall,
    agents: (parts.agentModels + parts.agentCode + parts.agentUnknown) / parts.wall,
    optimizer: parts.optimizer / parts.wall,
    framework: parts.framework / parts.wall,
  };
  const ranked = (Object.keys(shares) as (keyof typeof shares)[]).sort((a, b) => shares[b] - shares[a]);
  const [first, second] = [ranked[0]!, ranked[1]!];
  const isClear = shares[first] >= (shares[first] >= LARGE_SHARE ? AHEAD : WELL_AHEAD) * shares[second];
  if (!isClear) return `Nothing stands out: ${namedParts(parts)}`;
  switch (first) {
    case 'slot':
      return slotSentence(parts, totals, slots);
    case 'agents':
      return agentSentence(parts, totals, latencies);
    case 'optimizer':
      return `The optimiser's model calls are the critical path: for ${percent(shares.optimizer)} of the time nothing else was under way; a faster model, or less for it to write, would help, ${runnersHint(parts)}`;
    case 'framework':
      return `For ${percent(shares.framework)} of the time neither rollouts nor model calls of the optimiser were under way: starting up, storing, and the algorithm's own code; ${runnersHint(parts)}`;
    default:
      return first satisfies never;
  }
}

function slotSentence(parts: Parts, totals: TimeTotals, slots: number | null): string {
  const now = slots === null ? '' : ` (nRunners, now ${slots})`;
  const own = totals.modelCalls === 0 ? 0 : 1 - totals.modelSeconds / totals.attemptSeconds;
  const unless =
    own < BUSY_SHARE ? '' : `, unless the agents' own code, ${percent(own)} of a rollout, keeps the processors busy`;
  return `Waiting for a free slot took ${percent(parts.waitingForSlot / parts.wall)} of the time: more runners${now} would help${unless}`;
}

function agentSentence(parts: Parts, totals: TimeTotals, latencies: Latencies): string {
  const { wall, agentModels, agentCode, agentUnknown } = parts;
  const [median, slow] = [latencies.quantile(0.5), latencies.quantile(0.95)];
  if (totals.tail / wall >= TAIL_SHARE && slow >= TAIL_RATIO * median) {
    return `The slowest rollouts of each evaluation hold it up: one in twenty takes ${(slow / median).toFixed(slow < 9.95 * median ? 1 : 0)} × the median (${seconds(slow)}, ${seconds(median)}), and for ${percent(totals.tail / wall)} of the time at most a quarter of the runners were busy; a lower timeoutSeconds, or fewer steps in them, may help, ${runnersHint(parts)}`;
  }
  if (totals.untold > agentModels + agentCode) {
    return `Rollouts were under way or waiting for ${percent(agentUnknown / wall)} of the time; which of the two is not known, as the store is reached over HTTP and does not tell`;
  }
  const hasSlot = 'with a slot for each rollout';
  if (agentUnknown > agentModels + agentCode) {
    return `Rollouts took ${percent(agentUnknown / wall)} of the time, ${hasSlot}; what they waited for is not known, as no model call of the agents was seen; ${runnersHint(parts)}`;
  }
  if (totals.heldOff * 2 > agentModels) {
    return `The endpoint of the agents' models asked to be left alone for ${percent(totals.heldOff / wall)} of the time: its rate limit is the bottleneck; ${runnersHint(parts)}`;
  }
  if (Math.max(agentModels, agentCode) < AHEAD * Math.min(agentModels, agentCode)) {
    return `The agents took ${percent((agentModels + agentCode) / wall)} of the time, their models ${percent(agentModels / wall)} and their own code ${percent(agentCode / wall)}, ${hasSlot}: both would have to be faster; ${runnersHint(parts)}`;
  }
  return agentModels >= agentCode
    ? `The agents' models took ${percent(agentModels / wall)} of the time, ${hasSlot}: a faster model, or fewer calls in a rollout, would help, ${runnersHint(parts)}`
    : `The agents' own code took ${percent(agentCode / wall)} of the time, ${hasSlot}: look at what it computes, or waits for besides models; ${runnersHint(parts)}`;
}

/** What can be had by more runners where they are not the bottleneck. */
function runnersHint({ waitingForSlot, wall }: Parts): string {
  const share = waitingForSlot / wall;
  return share < NAMED_SHARE
    ? 'more runners would not help'
    : `more runners only with the ${percent(share)} in which rollouts waited for one`;
}

function namedParts(parts: Parts): string {
  const names = [
    ['waiting for a free slot', parts.waitingForSlot],
    ["the agents' models", parts.agentModels],
    ["the agents' own code", parts.agentCode],
    ['rollouts, nobody knows with what', parts.agentUnknown],
    ["the optimiser's model calls", parts.optimizer],
    ['all else', parts.framework],
  ] as const;
  return names
    .filter(([, part]) => part / parts.wall >= NAMED_SHARE)
    .sort(([, a], [, b]) => b - a)
    .map(([name, part]) => `${name} ${percent(part / parts.wall)}`)
    .join(', ');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function seconds(value: number): string {
  return value < 9.95 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}
