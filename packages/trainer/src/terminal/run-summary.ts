import { relative } from 'node:path';
import type { PromptTemplate, RolloutConfig, RunnersOutcome } from '@agentlightning/core';
import type { PairedDifference, Score } from '@agentlightning/core/run';
import { dollars, optionOf, spendOfBudget } from '../budget/show-spend.ts';
import type { FitResult } from '../fit-result.ts';
import { promptDiff } from './prompt-diff.ts';
import { duration } from './terminal-progress.ts';

/** What a prompt optimiser's result has that a summary needs; APO's fits. */
export interface SummarisedResult {
  readonly bestPrompt: PromptTemplate;
  /** On the set the search chose by; `null` when nothing was scored. */
  readonly bestScore: number | null;
  /** `null` when nothing was scored. */
  readonly bestVersion: string | null;
}

/** How to write a summary. */
export interface RunSummaryOptions {
  /** The prompt the run began with. */
  readonly seedPrompt: PromptTemplate;
  /** Its score on the same set as the best one's, if it is known. */
  readonly seedScore?: number | null;
  /** Said beside every score, e.g. `simulated models`. */
  readonly label?: string;
  /** Default `false`. */
  readonly colors?: boolean;
}

const VERDICTS = {
  better: 'better: the interval of the difference leaves out 0',
  worse: 'worse: the interval of the difference leaves out 0',
  'not-distinguishable': 'these tasks do not tell the two apart',
  same: 'the best prompt is the seed prompt',
  incomplete: 'some tasks have no result, so there is no comparison',
} as const;

/** What a run of a prompt optimiser came to, as text for a terminal: the change of the prompt, the scores, what was spent. */
export function formatRunSummary(run: FitResult<SummarisedResult>, options: RunSummaryOptions): string {
  const { result, heldOut, warnings } = run;
  const { seedPrompt, seedScore, colors = false } = options;
  const label = options.label === undefined ? '' : ` (${options.label})`;
  const isSame = result.bestPrompt.template === seedPrompt.template;
  const lines = [
    heading(titleOf(result, isSame), colors),
    indent(isSame ? seedPrompt.template : promptDiff(seedPrompt.template, result.bestPrompt.template, { colors })),
    '',
    heading(`Scores${label}`, colors),
    row('validation', validationText(seedScore ?? null, result.bestScore)),
  ];
  if (heldOut !== null) {
    lines.push(
      row('held-out', `${scoreChange(heldOut.initial.mean, heldOut.best.mean)}   ${intervalText(heldOut.best)}`),
      ...(heldOut.difference === null || heldOut.verdict === 'same'
        ? []
        : [row('', differenceText(heldOut.difference))]),
      row('', VERDICTS[heldOut.verdict]),
    );
  }
  lines.push('', heading('Spent', colors), row('rollouts', rolloutText(run)), row('model calls', modelCallText(run)));
  if (run.spend.usd !== null) lines.push(row('cost', costText(run.spend.usd, run.spend)));
  if (run.budget !== null) lines.push(row('budget', spendOfBudget(run.spend, run.budget.limits)));
  lines.push(
    row('time', `${duration(run.timings.wallSeconds)} · stopped because: ${run.stopReason} · seed ${run.seed}`),
  );
  if (run.runners !== null) lines.push(row('runners', runnersText(run.runners)));
  lines.push(row('limits', limitsText(run.limits)));
  if (run.runDirectory !== null) lines.push(row('kept in', keptText(run.runDirectory, run)));
  for (const warning of warnings) lines.push(row('warning', warning));
  return `${lines.join('\n')}\n`;
}

function titleOf({ bestVersion }: SummarisedResult, isSame: boolean): string {
  if (bestVersion === null) return 'No prompt was scored; this is the seed prompt';
  return isSame ? 'The best prompt is the seed prompt' : `Seed prompt → best prompt ${bestVersion}`;
}

function validationText(before: number | null, after: number | null): string {
  return after === null ? 'none' : `${scoreChange(before, after)}   flatters: the search chose by this set`;
}

function scoreChange(before: number | null, after: number | null): string {
  const best = after === null ? 'none' : after.toFixed(3);
  return before === null ? best : `${before.toFixed(3)} → ${best}`;
}

function intervalText(score: Score): string {
  if (score.interval === null) return `incomplete: ${score.unfinished} of ${score.n} tasks have no result`;
  return `95 % interval ${score.interval.map((bound) => bound.toFixed(3)).join(' – ')}, ${score.n} tasks`;
}

function differenceText({ mean, interval, wins, losses, ties }: PairedDifference): string {
  const bounds = interval.map(signed).join(' – ');
  return `${signed(mean)} (95 % ${bounds}; ${wins} up, ${losses} down, ${ties} same)`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

/** Where the run is, and how to go on with it if there is something left. */
function keptText(directory: string, { stopReason, budget }: FitResult<unknown>): string {
  const path = relative('.', directory) || '.';
  const limit = budget?.reached?.limit;
  if (stopReason === 'budget' && limit !== undefined) {
    return `${path} · go on with: agl resume ${path} ${optionOf(limit)} N, more than ${budget!.limits[limit]}`;
  }
  return stopReason === 'interrupted' ? `${path} · go on with: agl resume ${path}` : path;
}

function costText(usd: number, { unpricedModels }: FitResult<unknown>['spend']): string {
  const without = unpricedModels.length === 0 ? '' : `, without ${unpricedModels.join(', ')}: no price`;
  return `${dollars(usd)} by the prices given${without}`;
}

function rolloutText({ counts: { rollouts } }: FitResult<unknown>): string {
  const total = rollouts.succeeded + rollouts.failed + rollouts.cancelled;
  const cancelled = rollouts.cancelled === 0 ? '' : ` · ${rollouts.cancelled} cancelled`;
  const left = rollouts.queued === 0 ? '' : ` · ${rollouts.queued} left`;
  return `${grouped(total)} (${grouped(rollouts.failed)} failed)${cancelled}${left}`;
}

function modelCallText({ counts: { modelCalls, tokens } }: FitResult<unknown>): string {
  const total = tokens.prompt + tokens.completion;
  return `${grouped(modelCalls.algorithm)} by the optimiser · ${grouped(modelCalls.agent)} by the agents (${grouped(total)} tokens)`;
}

/** Most causes that are shown; a run with more has other troubles. */
const MOST_CAUSES = 3;

function runnersText({ where, lost, givenBack, causes }: RunnersOutcome): string {
  if (lost === 0) return where;
  const shown = causes.slice(0, MOST_CAUSES).map(({ cause, count }) => (count === 1 ? cause : `${cause} (${count} ×)`));
  const more = causes.length > MOST_CAUSES ? [`${causes.length - MOST_CAUSES} other causes`] : [];
  const back = givenBack === 0 ? '' : ` · ${grouped(givenBack)} attempts of others tried again at no cost`;
  return `${where} · ${grouped(lost)} lost and replaced: ${[...shown, ...more].join('; ')}${back}`;
}

function limitsText({ timeoutSeconds, unresponsiveSeconds, maxAttempts, retryCondition }: RolloutConfig): string {
  const time = timeoutSeconds === null ? 'no time limit' : `${timeoutSeconds} s an attempt`;
  const silence = unresponsiveSeconds === null ? 'runners may be silent' : `${unresponsiveSeconds} s of silence`;
  const tries =
    maxAttempts === 1 ? '1 attempt' : `${maxAttempts} attempts, after ${retryCondition.join(', ') || 'nothing'}`;
  return `${time} · ${silence} · ${tries}`;
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function heading(text: string, colors: boolean): string {
  return colors ? `\x1b[1m${text}\x1b[0m` : text;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
