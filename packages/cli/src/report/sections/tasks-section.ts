import { grouped } from '@agentlightning/core/run';
import { type Html, html } from '../html.ts';
import type { ReportData } from '../report-data.ts';
import { type TaskCell, type TaskRow, type TaskTable, taskTables } from '../task-table.ts';

/** Task by task: what the best candidate fixed and what it broke. */
export function tasksSection({ view, inputs }: ReportData): Html | null {
  const tables = taskTables(view);
  if (tables.length === 0) return null;
  return html`<section aria-labelledby="tasks">
<h2 id="tasks">Task by task</h2>
${tables.map((table) => tableMarkup(table, inputs))}
</section>`;
}

const TITLES = { 'held-out': 'Held-out tasks', validation: 'Validation tasks' } as const;

function tableMarkup(table: TaskTable, inputs: ReadonlyMap<string, unknown>): Html {
  const { set, versions, rows, listed, counts } = table;
  const rest = rows.length - listed;
  const [first, last] = [versions[0]!, versions.at(-1)!];
  return html`<h3>${TITLES[set]}</h3>
<p>Of ${grouped(counts.tasks)}, ${last} did better than ${first} on <strong class="good">${grouped(counts.fixed)}</strong>, worse on <strong class="bad">${grouped(counts.broke)}</strong>, the same on ${grouped(counts.same)}${counts.unknown === 0 ? null : `; ${grouped(counts.unknown)} cannot be compared`}.</p>
${mosaic(table)}
<details><summary>Task by task, those that changed first</summary>
<div class="scroll" tabindex="0"><table class="tasks">
<thead><tr><th scope="col">task</th>${versions.map((version) => html`<th scope="col">${version}</th>`)}<th scope="col">change</th><th scope="col">what it is</th></tr></thead>
<tbody>${rows.slice(0, listed).map((row) => rowMarkup(row, inputs))}</tbody></table></div>
${rest === 0 ? null : html`<p class="muted">${grouped(rest)} more are not shown.</p>`}</details>`;
}

const MOSAIC_WIDTH = 880;
const NAME_WIDTH = 60;
const ROW_HEIGHT = 18;
/** A task that is narrower than this cannot be seen. */
const LEAST_CELL = 2;

/** All tasks at a glance: a row for each candidate, a column for each task. */
function mosaic({ versions, rows }: TaskTable): Html {
  const most = Math.floor((MOSAIC_WIDTH - NAME_WIDTH) / LEAST_CELL);
  const shown = rows.slice(0, most);
  const cell = Math.min(14, (MOSAIC_WIDTH - NAME_WIDTH) / shown.length);
  const gap = cell > 5 ? 1 : 0;
  const lines = versions.map((version, line) => {
    const y = line * ROW_HEIGHT;
    const cells = shown.map(({ cells: results }, column) => {
      const kind = kindOf(results[line] ?? null);
      if (kind === null) return null;
      return html`<rect class="${kind}" x="${(NAME_WIDTH + column * cell).toFixed(1)}" y="${y + 1}" width="${(cell - gap).toFixed(1)}" height="${ROW_HEIGHT - 2}"/>`;
    });
    return html`<text x="0" y="${y + 13}">${version.slice(0, 8)}</text>${cells}`;
  });
  const width = Math.ceil(NAME_WIDTH + shown.length * cell);
  return html`<div class="scroll" tabindex="0"><svg class="mosaic" viewBox="0 0 ${width} ${versions.length * ROW_HEIGHT}" width="${width}" height="${versions.length * ROW_HEIGHT}" role="img" aria-label="Reward of each task by candidate; the numbers are in the table below">${lines}</svg></div>
<p class="muted small"><svg width="12" height="12" aria-hidden="true"><rect class="all" width="12" height="12"/></svg> full reward <svg width="12" height="12" aria-hidden="true"><rect class="part" width="12" height="12"/></svg> part of it <svg width="12" height="12" aria-hidden="true"><rect class="none" width="12" height="12"/></svg> none. A column is a task: those that became worse, then those that became better, then the rest${rows.length > shown.length ? html`, ${grouped(shown.length)} of ${grouped(rows.length)}` : null}.</p>`;
}

/** How much a task got; `null` without a result. */
function kindOf(cell: TaskCell | null): 'all' | 'part' | 'none' | null {
  if (cell === null) return null;
  if (cell.hasFailed) return 'none';
  if (cell.reward === null) return null;
  return cell.reward >= 1 ? 'all' : cell.reward > 0 ? 'part' : 'none';
}

const CHANGES = { fixed: 'better', broke: 'worse', same: '', unknown: '' } as const;

function rowMarkup({ row, rolloutId, cells, change }: TaskRow, inputs: ReadonlyMap<string, unknown>): Html {
  return html`<tr class="${change}"><th scope="row">${row + 1}</th>${cells.map(cellMarkup)}<td>${CHANGES[change]}</td><td class="task">${taskText(inputs.get(rolloutId))}</td></tr>`;
}

function cellMarkup(cell: TaskCell | null): Html {
  if (cell === null) return html`<td></td>`;
  const kind = kindOf(cell);
  if (kind === null) return html`<td class="cell">–</td>`;
  const reward = cell.reward ?? 0;
  return html`<td class="cell ${kind}">${cell.hasFailed ? 'failed' : Number.isInteger(reward) ? String(reward) : reward.toFixed(2)}</td>`;
}

const MOST_CHARACTERS = 200;

/** A task in a line: the fields of an object one after the other. */
function taskText(input: unknown): string {
  if (input === undefined) return '';
  const text = isRecord(input)
    ? Object.entries(input)
        .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : (JSON.stringify(value) ?? '')}`)
        .join(' · ')
    : typeof input === 'string'
      ? input
      : (JSON.stringify(input) ?? '');
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
