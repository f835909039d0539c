import './findings.css';
import { type RunView, shellWord } from '@agentlightning/core/run';
import { Badge } from '../components/badge.tsx';
import { countOf } from '../components/format.ts';
import { Notice } from '../components/notice.tsx';
import { useRunDetails } from '../feed/run-details.ts';

/** How much there is to look at, in a few words. */
export function FindingsCount({ view }: { view: RunView }) {
  const { findings, warnings } = view;
  const counts = [
    ...(findings.length === 0 ? [] : [countOf(findings.length, 'finding')]),
    ...(warnings.length === 0 ? [] : [countOf(warnings.length, 'warning')]),
  ];
  if (counts.length > 0) return <Badge tone="warn">{counts.join(', ')}</Badge>;
  return <span class="muted small">no problems found that make the scores doubtful</span>;
}

/** What makes the scores doubtful, and what else wants to be looked at, in words. */
export function Findings({ view }: { view: RunView }) {
  const { findings, warnings, failure, budgetReached } = view;
  const details = useRunDetails();
  const canGoOn = details !== null && details.status !== 'running' && details.status !== 'completed';
  const isNothing = findings.length + warnings.length === 0 && failure === null && budgetReached === null && !canGoOn;
  if (isNothing) return null;
  return (
    <section class="findings" aria-label="Findings and warnings">
      {failure === null ? null : (
        <Notice tone="bad" title="The run failed.">
          {failure}
        </Notice>
      )}
      {budgetReached === null ? null : (
        <Notice tone="warn" title="The budget is used up.">
          {budgetReached.message}
        </Notice>
      )}
      {canGoOn ? (
        <Notice tone="info" title={details.status === 'broken-off' ? 'Its process is gone.' : 'It has stopped.'}>
          It goes on where it was, and buys nothing twice: <code>agl resume {shellWord(details.directory)}</code>
        </Notice>
      ) : null}
      {findings.map(({ code, message }) => (
        <Notice key={code} tone="warn" title={`Finding: ${code.replaceAll('-', ' ')}.`}>
          {message}
        </Notice>
      ))}
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn" title="Warning.">
          {warning}
        </Notice>
      ))}
    </section>
  );
}
