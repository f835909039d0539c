import { type CandidateView, editWords, grouped, type RunView, whyBest } from '@agentlightning/core/run';
import { type Html, html } from '../html.ts';
import { intervalText, scoreText } from '../numbers.ts';
import type { ReportData } from '../report-data.ts';
import { latestScore, lineageOf } from '../report-facts.ts';
import { diffMarkup } from './prompt-section.ts';

/** How the best came about, and what else was tried. */
export function searchSection({ view }: ReportData): Html | null {
  if (view.candidates.length < 2) return null;
  const lineage = lineageOf(view);
  return html`<section aria-labelledby="search">
<h2 id="search">The search</h2>
<p>${summary(view)}</p>
${reasonOf(view)}
${lineage.length < 2 ? null : html`<h3>How ${lineage.at(-1)!.version} came about</h3>${steps(lineage)}`}
<h3>All that was tried</h3>
${treeOf(view)}
</section>`;
}

function reasonOf(view: RunView): Html | null {
  const reason = whyBest(view);
  return reason === null ? null : html`<p>${reason}</p>`;
}

/** So many steps are open, the latest. */
const MOST_STEPS = 6;

function steps(lineage: readonly CandidateView[]): Html {
  const all = lineage.slice(1).map((candidate, index) => step(candidate, lineage[index]!));
  const earlier = all.slice(0, -MOST_STEPS);
  const folded =
    earlier.length === 0
      ? null
      : html`<details><summary>${grouped(earlier.length)} earlier steps</summary>${earlier}</details>`;
  return html`${folded}${all.slice(-MOST_STEPS)}`;
}

function summary({ candidates, dropped, round, rounds }: RunView): string {
  const parts = [
    `${grouped(candidates.length)} candidates`,
    ...(rounds === 0 ? [] : [`${round} of ${rounds} rounds`]),
    ...(dropped.length === 0
      ? []
      : [
          `${grouped(dropped.length)} ${dropped.length === 1 ? 'proposal' : 'proposals'} dropped before they cost a rollout`,
        ]),
  ];
  return `${parts.join(', ')}.`;
}

/** A candidate beside its parent: what was found wanting, and what was changed. */
function step(candidate: CandidateView, parent: CandidateView): Html {
  const { version, round, critique, edit, prompts } = candidate;
  return html`<article class="step"><h4>${parent.version} → ${version} <span class="muted">round ${round} · ${scoreLine(candidate)}</span></h4>
${critique === null ? null : html`<details><summary>What the critic found wanting in ${parent.version}</summary><blockquote>${critique}</blockquote></details>`}
${edit === null ? null : html`<p class="muted small">Made with ${editWords(edit)}</p>`}
${prompts.map(({ name, template }) => {
  const before = parent.prompts.find((other) => other.name === name)?.template;
  return html`<pre>${before === undefined ? template : diffMarkup(before, template)}</pre>`;
})}</article>`;
}

function scoreLine(candidate: CandidateView): string {
  const latest = latestScore(candidate);
  if (latest === null) return 'not scored';
  const { score, interval, tasks, dataset, unfinished } = latest;
  if (score === null) return `incomplete: ${unfinished} of ${tasks} tasks without a result`;
  const set = dataset === 'val' ? 'validation tasks' : 'sampled tasks';
  return `${scoreText(score)}${interval === null ? '' : ` (${intervalText(interval)})`}, ${grouped(tasks)} ${set}`;
}

/** So many candidates are shown. */
const MOST_CANDIDATES = 200;

function treeOf(view: RunView): Html {
  const shown = view.candidates.slice(0, MOST_CANDIDATES);
  const known = new Set<string>();
  const children = new Map<string | null, CandidateView[]>();
  for (const candidate of shown) {
    // One whose parent comes later, or is itself, hangs on nothing: there are no circles.
    const parent = candidate.parent !== null && known.has(candidate.parent) ? candidate.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), candidate]);
    known.add(candidate.version);
  }
  const listOf = (parent: string | null): Html | null => {
    const own = children.get(parent);
    children.delete(parent);
    if (own === undefined) return null;
    return html`<ul class="tree">${own.map((candidate) => html`<li>${node(candidate, view)}${listOf(candidate.version)}</li>`)}</ul>`;
  };
  const more = view.candidates.length - shown.length;
  return html`<div class="scroll" tabindex="0">${listOf(null)}</div>${more === 0 ? null : html`<p class="muted">${grouped(more)} more are not shown.</p>`}`;
}

function node(candidate: CandidateView, { best }: RunView): Html {
  const isBest = best?.version === candidate.version;
  const states = {
    open: 'not chosen yet',
    'in-beam': 'in the beam at the end',
    outscored: 'outscored',
    incomplete: 'incomplete',
  } as const;
  return html`<span class="${isBest ? 'node top' : 'node'}">${isBest ? '★ ' : ''}${candidate.version}</span> ${scoreLine(candidate)} <span class="muted">${isBest ? 'best, ' : ''}${states[candidate.state]}</span>`;
}
