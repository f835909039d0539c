import { Html, html } from './html.ts';
import { timeText } from './numbers.ts';
import type { ReportData } from './report-data.ts';
import { standingOf, titleOf } from './report-facts.ts';
import { REPORT_STYLE } from './report-style.ts';
import { curveSection } from './sections/curve-section.ts';
import { promptSection } from './sections/prompt-section.ts';
import { costSection, evaluationsSection, failuresSection, reproduceSection } from './sections/run-section.ts';
import { searchSection } from './sections/search-section.ts';
import { tasksSection } from './sections/tasks-section.ts';
import { verdictSection } from './sections/verdict-section.ts';

/** Nothing is loaded, nothing runs: a file that is safe to open wherever it comes from. */
const POLICY = new Html(
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
);

/** A run as one HTML file that needs nothing else: no network, no script. */
export function htmlReport(data: ReportData): string {
  const { details, view, madeAt } = data;
  const title = titleOf(data);
  const label = details.label ?? view.label;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · ${timeText(details.startTime).slice(0, 10)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${title}${label ? html` <span class="badge">${label}</span>` : null}</h1>
<p class="muted">${timeText(details.startTime)} · ${standingOf(data).word} · ${details.runId}</p>
</header>
${sectionsOf(data)}
<footer class="muted small">Made ${timeText(madeAt)} from the events of the run.</footer>
</main>
</body>
</html>
`;
  return page.toString();
}

function sectionsOf(data: ReportData): readonly (Html | null)[] {
  return [
    verdictSection(data),
    promptSection(data),
    curveSection(data),
    tasksSection(data),
    searchSection(data),
    evaluationsSection(data),
    failuresSection(data),
    costSection(data),
    reproduceSection(data),
  ];
}
