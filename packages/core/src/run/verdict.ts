import { grouped } from './amounts.ts';
import type { HeldOutReport, PairedDifference, Verdict } from './score.ts';
import { scoreText } from './score-text.ts';

/** What counts as unlikely. */
const SIGNIFICANT = 0.05;

/**
 * What the difference of two candidates on the same tasks says: that there is one only where interval and exact test agree, as each errs with few tasks, on
 * other sides.
 */
export function verdictOn({ interval, pValue }: Pick<PairedDifference, 'interval' | 'pValue'>): Verdict {
  if (pValue >= SIGNIFICANT) return 'not-distinguishable';
  if (interval[0] > 0) return 'better';
  return interval[1] < 0 ? 'worse' : 'not-distinguishable';
}

/**
 * A verdict in a sentence with its numbers, as terminal, page and report show it: `no significant gain: +0.020 (95 % −0.050 – +0.090, p = 0.69; 4 up, 2 down,
 * 74 same); about 1,960 tasks would tell a difference of this size`.
 */
export function verdictSentence({ verdict, difference, initial }: HeldOutReport): string {
  if (verdict === 'same') return 'the best candidate is what the run began with';
  if (difference === null) {
    return initial.n === 0
      ? 'no task was evaluated, so there is no comparison'
      : 'some tasks have no result, so there is no comparison';
  }
  const numbers = differenceText(difference);
  switch (verdict) {
    case 'better':
      return `better: ${numbers}`;
    case 'worse':
      return `worse: ${numbers}`;
    case 'incomplete':
      return `incomplete: ${numbers}`;
    case 'not-distinguishable': {
      const { tasksNeeded, mean } = difference;
      const needed =
        tasksNeeded === null ? '' : `; about ${grouped(tasksNeeded)} tasks would tell a difference of this size`;
      return `no significant ${mean < 0 ? 'loss' : 'gain'}: ${numbers}${needed}`;
    }
    default:
      return verdict satisfies never;
  }
}

function differenceText({ mean, interval, pValue, wins, losses, ties }: PairedDifference): string {
  const bounds = interval.map(signed).join(' – ');
  return `${signed(mean)} (95 % ${bounds}, p ${probability(pValue)}; ${wins} up, ${losses} down, ${ties} same)`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${scoreText(Math.abs(value))}`;
}

/** Two digits that count. */
function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${p < 0.095 ? p.toFixed(3) : p.toFixed(2)}`;
}
