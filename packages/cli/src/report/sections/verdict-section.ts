import { CHOSEN_BY_CAVEAT, grouped, type Score } from '@agentlightning/core/run';
import { type Html, html } from '../html.ts';
import { intervalText, scoreText } from '../numbers.ts';
import type { ReportData } from '../report-data.ts';
import { bestOf, conclusionOf, doubtsOf, seedOf, standingOf } from '../report-facts.ts';

/** What came out, how much it is worth, and what makes it doubtful. */
export function verdictSection(data: ReportData): Html {
  const { view, details } = data;
  const { kind, sentence, restsOn } = conclusionOf(data);
  const standing = standingOf(data);
  const doubts = doubtsOf(data);
  const label = details.label ?? view.label;
  return html`<section aria-labelledby="verdict">
<h2 id="verdict">Verdict</h2>
${standing.isFinal ? null : html`<p class="note warn"><strong>${capital(standing.word)}.</strong> ${standing.sentence}</p>`}
${headline(kind, sentence)}
<p class="muted">${restsOn}${label ? html` Scores are of <strong>${label}</strong>.` : null}</p>
${scoreTable(data)}
${doubts.length === 0 ? null : html`<div class="note warn"><strong>What makes this doubtful</strong><ul>${doubts.map((doubt) => html`<li>${doubt}</li>`)}</ul></div>`}
</section>`;
}

/** The word first, the numbers below it. */
function headline(kind: string, sentence: string): Html {
  const [, word, numbers] = /^([^:]+): (.*)$/.exec(sentence) ?? [];
  if (word === undefined) return html`<p class="verdict ${kind}">${capital(sentence)}</p>`;
  return html`<p class="verdict ${kind}">${capital(word)}<span>${numbers}</span></p>`;
}

interface ScoreRow {
  readonly set: string;
  readonly seed: ShownScore | null;
  readonly best: ShownScore | null;
  readonly what: string;
}

interface ShownScore {
  readonly score: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly tasks: number | null;
  readonly failed: number;
}

function scoreTable({ view }: ReportData): Html | null {
  const { heldOut } = view;
  const [seed, best] = [seedOf(view), bestOf(view)];
  const rows: readonly ScoreRow[] = [
    ...(heldOut === null
      ? []
      : [
          {
            set: 'held-out',
            seed: shownScore(heldOut.initial),
            best: shownScore(heldOut.best),
            what: 'never seen by the search',
          },
        ]),
    ...(seed?.validation || best?.validation || view.best !== null
      ? [
          {
            set: best?.validation ? 'validation' : 'chosen by',
            seed: seed?.validation ?? null,
            best:
              best?.validation ??
              (view.best === null
                ? null
                : { score: view.best.score, interval: view.best.interval, tasks: view.best.tasks, failed: 0 }),
            what: CHOSEN_BY_CAVEAT,
          },
        ]
      : []),
  ];
  if (rows.length === 0) return null;
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">tasks</th><th scope="col">${seed === undefined ? 'before' : `${seed.version} (before)`}</th><th scope="col">${view.best === null ? 'best' : `${view.best.version} (best)`}</th><td></td></tr></thead>
<tbody>${rows.map(
    ({ set, seed: before, best: after, what }) =>
      html`<tr><th scope="row">${set}</th><td>${scoreCell(before)}</td><td>${scoreCell(after)}</td><td class="muted">${what}</td></tr>`,
  )}</tbody></table></div>
<p class="muted small">Brackets: 95 % interval. n: tasks. A task that failed or gave no reward counts 0.</p>`;
}

function shownScore({ mean, interval, n, failed }: Score): ShownScore {
  return { score: mean, interval, tasks: n, failed };
}

/** A score with all it rests on. */
function scoreCell(shown: ShownScore | null): Html {
  if (shown === null) return html`–`;
  const { score, interval, tasks, failed } = shown;
  return html`<strong>${scoreText(score)}</strong>${interval === null ? null : html` <span class="muted whole">(${intervalText(interval)})</span>`}${tasks === null ? null : html` <span class="muted whole">n ${grouped(tasks)}</span>`}${failed === 0 ? null : html` <span class="bad">${grouped(failed)} failed</span>`}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
