import type { PromptTemplate, RolloutConfig, RunnersOutcome } from '@agentlightning/core';
import {
  CHOSEN_BY_CAVEAT,
  scoreText as digitsOf,
  dollars,
  duration,
  grouped,
  type Score,
  shellWord,
  timeShares,
  verdictSentence,
} from '@agentlightning/core/run';
import { z } from 'zod';
import { optionOf, spendOfBudget } from '../budget/show-spend.ts';
import type { FitResult } from '../fit-result.ts';
import { shownPath } from '../shown-path.ts';
import { promptDiff } from './prompt-diff.ts';
import { visibleLine, visibleText, wrapText } from './terminal-text.ts';

/** What a prompt optimiser's result has that a summary needs; APO's fits. */
export interface SummarisedResult {
  readonly bestPrompt: PromptTemplate;
  /** On the set the search chose by; `null` when nothing was scored. */
  readonly bestScore: number | null;
  /** `null` when nothing was scored. */
  readonly bestVersion: string | null;
  /** Where it is there, in the shape of APO's, scores are shown with their interval and number of tasks, that of the seed prompt too: it is the first one. */
  readonly history?: unknown;
}

/** How to write a summary. */
export interface RunSummaryOptions {
  /** The prompt the run began with. */
  readonly seedPrompt: PromptTemplate;
  /** Its score on the same set as the best one's, if it is known and not in the result's history. */
  readonly seedScore?: number | null;
  /** Said beside every score instead of the run's own label. */
  readonly label?: string;
  /** Default `false`. */
  readonly colors?: boolean;
  /** How the command line is called in what can be done next; `null`: that is left out. Default `npx agl`. */
  readonly agl?: string | null;
}

/** What a run of a prompt optimiser came to, as text for a terminal: the change of the prompt, the scores, the verdict, what was spent, what can be done next. */
export function formatRunSummary(run: FitResult<SummarisedResult>, options: RunSummaryOptions): string {
  const { result, heldOut, findings } = run;
  const { seedPrompt, colors = false, agl = 'npx agl' } = options;
  const label = options.label ?? run.label ?? '';
  const isSame = result.bestPrompt.template === seedPrompt.template;
  const seed = visibleText(seedPrompt.template);
  const lines = [
    heading(titleOf(result, isSame), colors),
    indent(isSame ? seed : promptDiff(seed, visibleText(result.bestPrompt.template), { colors })),
    '',
    heading(`Scores${label === '' ? '' : ` (${visibleLine(label)})`}`, colors),
    ...scoreLines(run, options.seedScore ?? null),
  ];
  if (heldOut !== null) lines.push(row('', verdictSentence(heldOut)));
  for (const { message } of findings) lines.push(row('finding', visibleLine(message)));
  lines.push('', heading('Spent', colors), row('rollouts', rolloutText(run)), row('model calls', modelCallText(run)));
  if (run.spend.usd !== null) lines.push(row('cost', costText(run.spend.usd, run.spend)));
  if (run.budget !== null) lines.push(row('budget', spendOfBudget(run.spend, run.budget.limits)));
  lines.push(
    row('time', `${duration(run.timings.wallSeconds)} · stopped because: ${run.stopReason} · seed ${run.seed}`),
    ...splitLines(run),
  );
  if (run.runners !== null) lines.push(row('runners', visibleLine(runnersText(run.runners))));
  lines.push(row('limits', limitsText(run.limits)));
  if (run.runDirectory !== null) lines.push(row('kept in', keptText(run.runDirectory, run, agl)));
  if (run.runDirectory !== null && agl !== null)
    lines.push(...nextLines(run.runDirectory, agl, result.bestVersion !== null));
  const said = new Set(findings.map(({ message }) => message));
  for (const warning of run.warnings) if (!said.has(warning)) lines.push(row('warning', visibleLine(warning)));
  return `${lines.join('\n')}\n`;
}

function titleOf({ bestVersion }: SummarisedResult, isSame: boolean): string {
  if (bestVersion === null) return 'No prompt was scored; this is the seed prompt';
  return isSame ? 'The best prompt is the seed prompt' : `Seed prompt → best prompt ${visibleLine(bestVersion)}`;
}

/** A score as far as it is known. */
interface ShownScore {
  readonly score: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number | null;
}

/** A table: what was scored on what, and what that is worth. */
function scoreLines({ result, heldOut }: FitResult<SummarisedResult>, seedScore: number | null): readonly string[] {
  if (result.bestScore === null && heldOut === null) return [row('validation', 'none')];
  const known = validationScores(result.history);
  const seed = known.at(0)?.score ?? plainScore(seedScore);
  const best = known.findLast(({ version }) => version === result.bestVersion)?.score ?? plainScore(result.bestScore);
  const rows = [
    ...(result.bestScore === null ? [] : [{ set: 'validation', seed, best, what: CHOSEN_BY_CAVEAT }]),
    ...(heldOut === null
      ? []
      : [
          {
            set: 'held-out',
            seed: heldOutScore(heldOut.initial),
            best: heldOutScore(heldOut.best),
            what: 'the search never saw these tasks',
          },
        ]),
  ].map((each) => [each.set, scoreText(each.seed), scoreText(each.best), String(each.best.tasks ?? '–'), each.what]);
  const table = [['', 'seed (95 %)', 'best (95 %)', 'tasks', ''], ...rows];
  const widths = [1, 2, 3].map((column) => Math.max(...table.map((cells) => cells[column]!.length)));
  return table.map(([set, ...cells]) =>
    row(set!, cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')).trimEnd(),
  );
}

function plainScore(score: number | null): ShownScore {
  return { score, interval: null, tasks: null };
}

function heldOutScore({ mean, interval, n }: Score): ShownScore {
  return { score: mean, interval, tasks: n };
}

function scoreText({ score, interval }: ShownScore): string {
  if (score === null) return 'none';
  return interval === null ? digitsOf(score) : `${digitsOf(score)} (${interval.map(digitsOf).join(' – ')})`;
}

const validationSchema = z.object({
  version: z.string(),
  result: z.object({
    score: z.number().nullable(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    tasks: z.number(),
  }),
});

/** The scores on the whole validation set in a history like APO's, in order; those in one of another shape are not known. */
function validationScores(history: unknown): readonly { readonly version: string; readonly score: ShownScore }[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((round: unknown) => {
    const { success, data } = validationSchema.safeParse((Object(round) as { validation?: unknown }).validation);
    return success ? [{ version: data.version, score: data.result }] : [];
  });
}

/** Sentences are no longer than this. */
const TEXT_WIDTH = 86;

/** Where the time went, and what would have to be faster. */
function splitLines({ timings: { split } }: FitResult<unknown>): readonly string[] {
  if (split === null) return [];
  const shares = timeShares(split).map(({ name, share }) => `${name} ${Math.round(share * 100)} %`);
  return [
    ...(shares.length === 0 ? [] : [row('', shares.join(' · '))]),
    ...(split.bottleneck === null
      ? []
      : wrapText(visibleLine(split.bottleneck), TEXT_WIDTH, 9).map((line) => row('', line))),
  ];
}

function nextLines(directory: string, agl: string, hasBest: boolean): readonly string[] {
  const path = shellWord(shownPath(directory));
  const steps = [
    { command: 'ui', what: 'the search, in a browser' },
    { command: 'report', what: 'a file to send to a colleague' },
    ...(hasBest ? [{ command: 'export', what: 'the best prompt alone' }] : []),
  ];
  return steps.map(({ command, what }, index) =>
    row(index === 0 ? 'next' : '', `${agl} ${command.padEnd(6)} ${path}   ${what}`),
  );
}

/** Where the run is, and how to go on with it if there is something left. */
function keptText(directory: string, { stopReason, budget }: FitResult<unknown>, agl: string | null): string {
  const path = shownPath(directory);
  if (agl === null) return path;
  const resume = `go on with: ${agl} resume ${shellWord(path)}`;
  const limit = budget?.reached?.limit;
  if (stopReason === 'budget' && limit !== undefined) {
    return `${path} · ${resume} ${optionOf(limit)} N, more than ${budget!.limits[limit]}`;
  }
  return stopReason === 'interrupted' ? `${path} · ${resume}` : path;
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

function modelCallText({ counts: { modelCalls }, spend: { tokens } }: FitResult<unknown>): string {
  const total = tokens.prompt + tokens.completion;
  return `${grouped(modelCalls.algorithm)} by the optimiser · ${grouped(modelCalls.agent)} by the agents · ${grouped(total)} tokens in all`;
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
