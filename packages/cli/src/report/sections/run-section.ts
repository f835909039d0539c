import {
  type Budget,
  type BudgetLimit,
  dollars,
  endedRollouts,
  evaluationWords,
  grouped,
  type TimeShare,
  timeShares,
} from '@agentlightning/core/run';
import { type Html, type HtmlPart, html } from '../html.ts';
import { durationText, intervalText, percent, scoreText, timeText } from '../numbers.ts';
import type { ReportData } from '../report-data.ts';
import { commandLine } from '../report-facts.ts';

/** What was evaluated, for a run whose algorithm tells of no candidates. */
export function evaluationsSection({ view }: ReportData): Html | null {
  const done = view.evaluations.filter(({ results }) => results !== null);
  if (view.candidates.length > 1 || done.length === 0) return null;
  const shown = done.slice(-MOST_EVALUATIONS);
  return html`<section aria-labelledby="evaluations">
<h2 id="evaluations">Evaluations</h2>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">evaluation</th><th scope="col">tasks</th><th scope="col">mean reward</th><th scope="col">95 %</th><th scope="col">n</th><th scope="col">failed</th></tr></thead>
<tbody>${shown.flatMap(({ key, resourcesIds, mode, results }) =>
    results!.map(
      ({ score }) =>
        html`<tr><th scope="row">${evaluationWords({ key, resourcesIds }, view.candidates)}</th><td>${mode}</td><td class="number">${scoreText(score.mean)}</td><td class="number">${intervalText(score.interval)}</td><td class="number">${grouped(score.n)}</td><td class="number">${grouped(score.failed)}</td></tr>`,
    ),
  )}</tbody></table></div>
${done.length > shown.length ? html`<p class="muted">The last ${grouped(shown.length)} of ${grouped(done.length)}.</p>` : null}
</section>`;
}

const MOST_EVALUATIONS = 50;

/** What it cost, and where the time went. */
export function costSection({ view, details }: ReportData): Html {
  const spend = details.spend ?? view.spend;
  const budget = details.budget ?? view.budget;
  const { rollouts } = view;
  const counted = [
    `${grouped(endedRollouts(view))} done`,
    ...(rollouts.failed === 0 ? [] : [`${grouped(rollouts.failed)} failed`]),
    ...(rollouts.retried === 0 ? [] : [`${grouped(rollouts.retried)} retried`]),
    ...(rollouts.cancelled === 0 ? [] : [`${grouped(rollouts.cancelled)} cancelled`]),
    ...(rollouts.queued + rollouts.running === 0 ? [] : [`${grouped(rollouts.queued + rollouts.running)} left`]),
  ].join(', ');
  return html`<section aria-labelledby="cost">
<h2 id="cost">Cost and time</h2>
<dl>
${entry('Rollouts', counted)}
${spend === null ? null : entry('Model calls', `${grouped(spend.modelCalls.algorithm)} by the optimiser, ${grouped(spend.modelCalls.agent)} by the agents`)}
${spend === null ? null : entry('Tokens', `${grouped(spend.tokens.prompt)} in prompts, ${grouped(spend.tokens.completion)} in replies${spend.callsWithoutTokens === 0 ? '' : `; ${grouped(spend.callsWithoutTokens)} calls did not say`}`)}
${spend?.usd == null ? null : entry('Cost', `${dollars(spend.usd)} by the prices given${spend.unpricedModels.length === 0 ? '' : `, without ${spend.unpricedModels.join(', ')}: no price`}`)}
${spend === null ? null : entry('Time', `${durationText(view.time?.wall ?? spend.minutes * 60)} in which a process worked on it`)}
${budget === null ? null : entry('Budget', budgetText(budget))}
</dl>
${timeMarkup(view.time === null ? [] : timeShares(view.time), view.time?.bottleneck ?? null)}
</section>`;
}

const LIMITS: Readonly<Record<BudgetLimit, (cap: number) => string>> = {
  usd: dollars,
  tokens: (cap) => `${grouped(cap)} tokens`,
  rollouts: (cap) => `${grouped(cap)} rollouts`,
  modelCalls: (cap) => `${grouped(cap)} model calls`,
  minutes: (cap) => `${grouped(cap)} minutes`,
};

function budgetText(budget: Budget): string {
  const limits = Object.keys(LIMITS) as readonly BudgetLimit[];
  return limits.flatMap((limit) => (budget[limit] === undefined ? [] : [LIMITS[limit](budget[limit])])).join(', ');
}

function timeMarkup(shares: readonly TimeShare[], bottleneck: string | null): Html | null {
  if (shares.length === 0) return null;
  let from = 0;
  const bars = shares.map(({ name, share }, index) => {
    const bar = html`<rect class="part-${index + 1}" x="${(from * 100).toFixed(2)}%" width="${(share * 100).toFixed(2)}%" height="18"><title>${name} ${percent(share)}</title></rect>`;
    from += share;
    return bar;
  });
  return html`<h3>Where the time went</h3>
<svg class="bar" width="100%" height="18" role="img" aria-label="Shares of the time, as listed below">${bars}</svg>
<ul class="legend">${shares.map(({ name, seconds, share }, index) => html`<li><svg width="12" height="12" aria-hidden="true"><rect class="part-${index + 1}" width="12" height="12"/></svg> ${name} <strong>${percent(share)}</strong> <span class="muted">${durationText(seconds)}</span></li>`)}</ul>
${bottleneck === null ? null : html`<p>${bottleneck}.</p>`}`;
}

/** What failed, by what it says. */
export function failuresSection({ view }: ReportData): Html | null {
  const { failures } = view;
  if (failures.length === 0) return null;
  return html`<section aria-labelledby="failures">
<h2 id="failures">Failures</h2>
<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">rollouts</th><th scope="col">what they say</th><th scope="col">one of them</th></tr></thead>
<tbody>${failures.map(({ count, message, example, rolloutId }) => html`<tr><td class="number">${grouped(count)}</td><td>${message === example ? message : html`${message}<br><span class="muted">such as: ${example}</span>`}</td><td class="muted">${rolloutId}</td></tr>`)}</tbody></table></div>
</section>`;
}

/** How to get the same again. */
export function reproduceSection(data: ReportData): Html {
  const { details, view } = data;
  const command = commandLine(details);
  const sets = (['train', 'val', 'test'] as const).flatMap((set) => {
    const rows = details.datasets[set];
    const hash = details.datasetHashes[set];
    return rows === null || rows === 0
      ? []
      : [`${set}: ${grouped(rows)} tasks${hash === null ? '' : `, ${hash.slice(0, 16)}`}`];
  });
  return html`<section aria-labelledby="reproduce">
<h2 id="reproduce">How to reproduce it</h2>
<dl>
${command === null ? null : entry('Command', html`<code>${command}</code>`)}
${details.seed === null ? null : entry('Seed', String(details.seed))}
${entry('Algorithm', details.algorithm ?? 'none')}
${entry('Versions', `agentlightning ${details.version ?? 'unknown'}, Node ${details.command.nodeVersion}`)}
${
  sets.length === 0
    ? null
    : entry(
        'Data',
        sets.map((set) => html`${set}<br>`),
      )
}
${entry('Runners', `${grouped(view.nRunners)} at once; another number gives the same result with the same models`)}
${entry('Run', html`<code>${details.runId}</code>, begun ${timeText(details.startTime)}`)}
${details.forced.map(({ time, differences }) => entry('Changed on the way', `${timeText(time)}: ${differences.join('; ')}`))}
</dl>
<p class="muted">With the same data, seed and options a search takes the same way as long as its models answer the same. Real models seldom do.</p>
</section>`;
}

function entry(name: string, value: HtmlPart): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}
