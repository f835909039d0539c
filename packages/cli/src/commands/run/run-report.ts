import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPromptTemplate, type NamedResources, type PromptTemplate } from '@agentlightning/core';
import { shellWord } from '@agentlightning/core/run';
import {
  type FitResult,
  formatRunSummary,
  readTerminalEnvironment,
  type SummarisedResult,
} from '@agentlightning/trainer/config';
import { shownPath } from '@agentlightning/trainer/runs';
import { callOf } from '../../call-of.ts';
import type { CliContext } from '../../cli-context.ts';
import { budgetOptionOf } from '../budget-options.ts';

/** What a report is made of. */
export interface RunReportParts {
  readonly run: FitResult<unknown>;
  readonly initialResources: NamedResources;
  /** The candidate that was best last; `undefined` if nothing was scored. */
  readonly bestCandidate: NamedResources | undefined;
  readonly label: string | undefined;
  /** The names of the commands that there are. */
  readonly commands: readonly string[];
  readonly context: Pick<CliContext, 'stdout' | 'env'>;
}

/** What a run came to, where its prompt is, and what to do next, as text for a terminal. */
export function runReport(parts: RunReportParts): string {
  const { run } = parts;
  // A process of role `runner` has worked for others.
  if (run.stopReason === 'run-ended')
    return 'The run that was served has ended. Where its algorithm ran, it is told what came of it\n';
  const summary = hasPrompt(run) ? promptSummary(run, parts) : plainSummary(run);
  return [summary, nextSteps(parts)].filter((part) => part !== '').join('\n');
}

function hasPrompt(run: FitResult<unknown>): run is FitResult<SummarisedResult> {
  const { result } = run;
  return typeof result === 'object' && result !== null && 'bestPrompt' in result && 'bestScore' in result;
}

function promptSummary(run: FitResult<SummarisedResult>, parts: RunReportParts): string {
  const { label, context } = parts;
  return formatRunSummary(run, {
    seedPrompt: seedOf(run.result, parts),
    ...(label === undefined ? {} : { label }),
    // What can be done next is told below, by the name that the command line has here.
    agl: null,
    colors: readTerminalEnvironment(context.stdout, context.env).colors,
  });
}

/** The prompt that the best one was made of: the resource that the candidate replaces. */
function seedOf(
  { bestPrompt }: SummarisedResult,
  { initialResources, bestCandidate = {} }: RunReportParts,
): PromptTemplate {
  const replaced = Object.keys(bestCandidate).find((name) => isPromptTemplate(bestCandidate[name]!));
  const seed = replaced === undefined ? undefined : initialResources[replaced];
  return seed !== undefined && isPromptTemplate(seed) ? seed : bestPrompt;
}

/** Of an algorithm that looks for no prompt. */
function plainSummary({ result, counts, timings, stopReason, warnings }: FitResult<unknown>): string {
  const { succeeded, failed } = counts.rollouts;
  return [
    `Result\n  ${shortened(JSON.stringify(result, undefined, 2) ?? 'nothing').replaceAll('\n', '\n  ')}`,
    '',
    `${succeeded + failed} rollouts (${failed} failed) in ${timings.wallSeconds.toFixed(1)} s · stopped because: ${stopReason}`,
    ...warnings.map((warning) => `warning: ${warning}`),
    '',
  ].join('\n');
}

const MOST_LINES = 24;

function shortened(text: string): string {
  const lines = text.split('\n');
  return lines.length <= MOST_LINES ? text : `${lines.slice(0, MOST_LINES).join('\n')}\n…`;
}

function nextSteps({ run, commands, context }: RunReportParts): string {
  const { runDirectory } = run;
  if (runDirectory === null) return '';
  const path = shownPath(runDirectory);
  const hasBest = existsSync(join(runDirectory, 'best_prompt.json'));
  const agl = callOf(context.env);
  const steps = [
    { name: 'resume', isOffered: canGoOn(run), more: moreBudget(run), what: `go on where it is${leastBudget(run)}` },
    { name: 'export', isOffered: hasBest, more: '', what: 'the best prompt as text; --format json or ts' },
    { name: 'ui', isOffered: true, more: '', what: 'the search, in a browser' },
    { name: 'report', isOffered: true, more: '', what: 'a file to send to a colleague' },
  ];
  const calls = steps
    .filter(({ name, isOffered }) => isOffered && commands.includes(name))
    .map(({ name, more, what }) => ({ call: `${agl} ${name} ${shellWord(path)}${more}`, what }));
  const width = Math.max(...calls.map(({ call }) => call.length));
  return [
    ...(hasBest ? [`Best prompt: ${join(path, 'best_prompt.json')}`] : []),
    ...calls.map(({ call, what }) => `  ${call.padEnd(width)}   ${what}`),
    '',
  ].join('\n');
}

function canGoOn({ stopReason }: FitResult<unknown>): boolean {
  return stopReason === 'interrupted' || stopReason === 'budget';
}

/** What `N` stands for. */
function leastBudget({ budget }: FitResult<unknown>): string {
  const limit = budget?.reached?.limit;
  return limit === undefined ? '' : `, with N above ${budget!.limits[limit]}`;
}

/** Without more of it, a run whose budget is used up would end where it is. */
function moreBudget({ budget }: FitResult<unknown>): string {
  const limit = budget?.reached?.limit;
  return limit === undefined ? '' : ` ${budgetOptionOf(limit)} N`;
}
