import { CHOSEN_BY_CAVEAT, dollars, endedRollouts, grouped, type Score } from '@agentlightning/core/run';
import { visibleLine } from '@agentlightning/trainer/runs';
import { codeBlock, codeSpan, table } from './markdown.ts';
import { durationText, intervalText, percent, scoreText, timeText } from './numbers.ts';
import type { ReportData } from './report-data.ts';
import {
  bestOf,
  commandLine,
  conclusionOf,
  doubtsOf,
  promptChanges,
  seedOf,
  standingOf,
  titleOf,
} from './report-facts.ts';
import { taskTables } from './task-table.ts';
import { lineDiff } from './word-diff.ts';

/** A run as short Markdown, for a pull request: verdict, scores, prompt, cost, how to reproduce it. */
export function markdownReport(data: ReportData): string {
  const parts = [heading(data), verdict(data), doubts(data), scores(data), prompts(data), tasks(data), facts(data)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function heading(data: ReportData): string {
  const { details, view } = data;
  const label = details.label ?? view.label;
  const title = `## ${titleOf(data, codeSpan)}${label ? ` · ${codeSpan(label)}` : ''}`;
  return `${title}\n\n${timeText(details.startTime)}, run ${codeSpan(details.runId)}`;
}

function verdict(data: ReportData): string {
  const standing = standingOf(data);
  const { sentence, restsOn } = conclusionOf(data);
  const state = standing.isFinal ? '' : `**${standing.word}**: ${escaped(standing.sentence)}\n\n`;
  return `${state}**${escaped(sentence)}**\n\n${escaped(restsOn)}`;
}

function doubts(data: ReportData): string {
  const list = doubtsOf(data);
  return list.length === 0
    ? ''
    : `What makes this doubtful:\n\n${list.map((doubt) => `- ${codeSpan(doubt)}`).join('\n')}`;
}

function scores({ view }: ReportData): string {
  const { heldOut, best } = view;
  const [seed, winner] = [seedOf(view), bestOf(view)];
  const rows = [
    ...(heldOut === null
      ? []
      : [['held-out, never seen by the search', scoreOf(heldOut.initial), scoreOf(heldOut.best)]]),
    ...(best === null
      ? []
      : [
          [
            winner?.validation ? `validation, ${CHOSEN_BY_CAVEAT}` : `what it was chosen by, ${CHOSEN_BY_CAVEAT}`,
            seed?.validation ? numbers(seed.validation.score, seed.validation.interval, seed.validation.tasks) : '–',
            winner?.validation
              ? numbers(winner.validation.score, winner.validation.interval, winner.validation.tasks)
              : numbers(best.score, best.interval, best.tasks),
          ],
        ]),
  ];
  if (rows.length === 0) return '';
  return table(
    [
      'tasks',
      seed === undefined ? 'before' : `before (${codeSpan(seed.version)})`,
      best === null ? 'best' : `best (${codeSpan(best.version)})`,
    ],
    rows,
  );
}

function scoreOf({ mean, interval, n }: Score): string {
  return numbers(mean, interval, n);
}

function numbers(score: number | null, interval: readonly [number, number] | null, tasks: number | null): string {
  const bounds = interval === null ? '' : ` (95 % ${intervalText(interval)})`;
  return `${scoreText(score)}${bounds}${tasks === null ? '' : `, n ${grouped(tasks)}`}`;
}

function prompts(data: ReportData): string {
  return promptChanges(data)
    .map(({ name, before, after }) => {
      const title = `### Prompt ${codeSpan(name)}`;
      if (after === null || before === after) return `${title}\n\nAs it was:\n\n${codeBlock(before ?? '')}`;
      return before === null
        ? `${title}\n\n${codeBlock(after)}`
        : `${title}\n\n${codeBlock(diffText(before, after), 'diff')}`;
    })
    .join('\n\n');
}

/** With `+` and `-` before the lines that were added and removed. */
function diffText(before: string, after: string): string {
  const signs = { same: ' ', added: '+', removed: '-' } as const;
  // A last line without an end would be another one than the same line with one.
  return lineDiff(`${before}\n`, `${after}\n`)
    .flatMap(({ text, change }) =>
      text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${signs[change]}${line}`),
    )
    .join('\n');
}

function tasks({ view }: ReportData): string {
  return taskTables(view)
    .map(
      ({ set, counts }) =>
        `- ${set} tasks: ${grouped(counts.fixed)} better, ${grouped(counts.broke)} worse, ${grouped(counts.same)} the same`,
    )
    .join('\n');
}

function facts({ details, view }: ReportData): string {
  const spend = details.spend ?? view.spend;
  const command = commandLine(details);
  const lines = [
    `rollouts: ${grouped(endedRollouts(view))}, ${grouped(view.rollouts.failed)} failed`,
    ...(spend === null
      ? []
      : [
          `model calls: ${grouped(spend.modelCalls.algorithm)} by the optimiser, ${grouped(spend.modelCalls.agent)} by the agents; ${grouped(spend.tokens.prompt + spend.tokens.completion)} tokens${spend.usd === null ? '' : `; ${dollars(spend.usd)}`}`,
          `time: ${durationText(view.time?.wall ?? spend.minutes * 60)}`,
        ]),
    ...(view.time?.bottleneck == null
      ? []
      : [
          `bottleneck: ${escaped(view.time.bottleneck)} (framework ${percent(view.time.framework / Math.max(view.time.wall, 1e-9))})`,
        ]),
    ...view.failures.slice(0, 3).map(({ count, message }) => `failed ${grouped(count)} ×: ${codeSpan(message)}`),
    ...(command === null ? [] : [`reproduce: ${codeSpan(command)}`]),
    `seed ${details.seed ?? '–'}, agentlightning ${codeSpan(details.version ?? 'unknown')}, Node ${codeSpan(details.command.nodeVersion)}`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Sentences of ours that may have words of others in them, such as an error. */
function escaped(text: string): string {
  return visibleLine(text)
    .replace(/[\\`*_[\]>|&@#~$]|<(?! )|(?<=:)\/\/|www\./g, (part) => `&#${part.charCodeAt(0)};${part.slice(1)}`)
    .trim();
}
