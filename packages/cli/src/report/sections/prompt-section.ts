import { type Html, html } from '../html.ts';
import type { ReportData } from '../report-data.ts';
import { type PromptChange, promptChanges } from '../report-facts.ts';
import { wordDiff } from '../word-diff.ts';

/** The prompts before and after, with what changed, and the best one to be copied. */
export function promptSection(data: ReportData): Html | null {
  const changes = promptChanges(data);
  if (changes.length === 0) return null;
  return html`<section aria-labelledby="prompt">
<h2 id="prompt">${changes.length === 1 ? 'The prompt' : 'The prompts'}</h2>
${changes.map((change) => promptBlock(change, changes.length > 1, data.view.best?.version ?? null))}
</section>`;
}

function promptBlock({ name, before, after, engine }: PromptChange, isNamed: boolean, version: string | null): Html {
  const title = isNamed ? html`<h3>${name}</h3>` : null;
  if (after === null)
    return html`${title}<p class="muted">What the run began with; nothing better is known yet.</p><pre>${before}</pre>`;
  if (before === null) return html`${title}<pre>${after}</pre>`;
  if (before === after)
    return html`${title}<p>The best prompt is the one that the run began with.</p><pre>${after}</pre>`;
  return html`${title}
<p class="muted">From what the run began with to ${version ?? 'the best'}: <del>removed</del>, <ins>added</ins>.</p>
<pre>${diffMarkup(before, after)}</pre>
<details><summary>The best prompt alone${engine === 'f-string' ? null : html` (${engine})`}</summary><pre>${after}</pre></details>
<details><summary>What the run began with</summary><pre>${before}</pre></details>`;
}

/** One text with what was taken out and put in, for where white space counts. */
export function diffMarkup(before: string, after: string): readonly Html[] {
  return wordDiff(before, after).map(({ text, change }) =>
    change === 'added' ? html`<ins>${text}</ins>` : change === 'removed' ? html`<del>${text}</del>` : html`${text}`,
  );
}
