import { endedRollouts, type RunStatus, type RunView } from '@agentlightning/core/run';
import type { BadgeTone } from '../components/badge.tsx';
import { formatCount, formatScore } from '../components/format.ts';

/**
 * Where the run stands, in a word.
 * @param status - what its files say, if they have been read: of a process that was killed no event tells
 */
export function runState(view: RunView, status?: RunStatus): { readonly word: string; readonly tone: BadgeTone } {
  if (view.failure !== null) return { word: 'failed', tone: 'bad' };
  if (view.stopReason === 'completed') return { word: 'completed', tone: 'good' };
  if (view.stopReason !== null) return { word: `stopped: ${view.stopReason}`, tone: 'warn' };
  if (status === 'broken-off') return { word: 'broken off', tone: 'bad' };
  if (view.stopStep !== null) return { word: 'stopping', tone: 'warn' };
  return view.runId === null ? { word: 'starting', tone: 'neutral' } : { word: 'running', tone: 'accent' };
}

/** Whether nothing more is going to happen. */
export function isOver(view: RunView): boolean {
  return view.failure !== null || view.stopReason !== null;
}

/** Round, rollouts and best score, as in `round 2 of 3 · 1,204 of 2,752 rollouts · best 0.787 (v5), began at 0.475`. */
export function statusText(view: RunView): string {
  return [roundText(view), rolloutsText(view), bestText(view)].filter((text) => text !== '').join(' · ');
}

function roundText({ round, rounds, roundList }: RunView): string {
  if (rounds === 0) return '';
  const isEnded = roundList.find((other) => other.round === rounds)?.endTime != null;
  return isEnded ? `${rounds} rounds` : `round ${Math.max(1, round)} of ${rounds}`;
}

function rolloutsText(view: RunView): string {
  const ended = endedRollouts(view);
  const planned = view.plannedRollouts;
  if (planned === null || planned <= ended || isOver(view)) return `${formatCount(ended)} rollouts`;
  return `${formatCount(ended)} of ${formatCount(planned)} rollouts`;
}

function bestText({ best, firstScore }: RunView): string {
  if (best === null) return firstScore === null ? '' : `began at ${formatScore(firstScore)}`;
  const began = firstScore === null || firstScore === best.score ? '' : `, began at ${formatScore(firstScore)}`;
  return `best ${formatScore(best.score)} (${best.version})${began}`;
}
