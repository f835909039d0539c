import './run-view.css';
import type { RunDetails, RunView as ViewOfRun } from '@agentlightning/core/run';
import { secondsLeft, shellWord } from '@agentlightning/core/run';
import { Badge } from '../components/badge.tsx';
import { countOf, formatDateTime, formatDuration } from '../components/format.ts';
import { EmptyState, Loading } from '../components/notice.tsx';
import { Facts, Panel, ViewLayout } from '../components/view-layout.tsx';
import { useRunDetails } from '../feed/run-details.ts';
import { useFeed } from '../feed/use-feed.ts';
import { Findings, FindingsCount } from '../search/findings.tsx';
import { isOver, runState } from '../shell/status-text.ts';
import { BestPrompt } from './best-prompt.tsx';
import { EventLog } from './event-log.tsx';
import { FailureGroups } from './failure-groups.tsx';
import { JsonFacts } from './json-facts.tsx';
import { RunCommands } from './run-commands.tsx';
import { SpendTable } from './spend-table.tsx';
import { TimeSplitBar } from './time-split-bar.tsx';

/** What the run was asked to do, what it has spent, what happened, and how to go on. */
export function RunView() {
  const { view, connection } = useFeed();
  const details = useRunDetails();
  if (connection.kind === 'no-run') {
    return (
      <ViewLayout title="Run">
        <EmptyState title="This server serves a store, and no run">
          <p>
            To watch a run, open its directory: <code>agl ui runs/…</code>
          </p>
        </EmptyState>
      </ViewLayout>
    );
  }
  return (
    <ViewLayout title="Run" beside={<FindingsCount view={view} />}>
      <Findings view={view} />
      <div class="run-panels">
        <Panel id="run" title={view.runId ?? details?.runId ?? 'Run'}>
          <Facts facts={runFacts(view, details)} />
        </Panel>
        <BestPrompt view={view} />
        <Panel id="spend" title="Spent">
          <SpendTable view={view} />
        </Panel>
        <Panel id="time" title="Where the time went">
          <TimeSplitBar time={view.time} />
        </Panel>
        <Panel id="failures" title="Failures">
          <FailureGroups failures={view.failures} />
        </Panel>
        <Panel id="commands" title="On the command line">
          {details === null ? (
            <Loading what="Reading the run …" />
          ) : (
            <RunCommands details={details} hasBest={view.best !== null} />
          )}
        </Panel>
        <Panel id="options" title={`Options of ${view.algorithm ?? 'the algorithm'}`}>
          {details === null ? <Loading what="Reading the run …" /> : <JsonFacts value={details.algorithmOptions} />}
        </Panel>
        <Panel id="rollout-options" title="Limits of each rollout, and what it runs with">
          {details === null ? (
            <Loading what="Reading the run …" />
          ) : (
            <>
              <JsonFacts value={details.rolloutConfig} />
              <JsonFacts value={details.initialResources} />
            </>
          )}
        </Panel>
      </div>
      <EventLog />
    </ViewLayout>
  );
}

function runFacts(view: ViewOfRun, details: RunDetails | null) {
  const { word, tone } = runState(view, details?.status);
  const { startTime, lastTime } = view;
  const elapsed = view.time?.wall ?? (startTime === null || lastTime === null ? null : lastTime - startTime);
  const left = isOver(view) || elapsed === null ? undefined : secondsLeft(view, elapsed);
  return [
    ['State', <Badge tone={tone}>{word}</Badge>],
    ['Stopped because', view.failure ?? view.budgetReached?.message ?? stopText(view)],
    ['Began', startTime === null ? null : formatDateTime(startTime)],
    ['Worked for', elapsed === null ? null : formatDuration(elapsed)],
    ['Left', left === undefined ? null : `about ${formatDuration(left)}`],
    ['Algorithm', view.algorithm ?? 'none: it serves a queue'],
    ['Seed', view.seed],
    ['Runners', view.nRunners],
    ['Tasks', details === null ? null : datasetsText(details)],
    ['Directory', <code>{details?.directory ?? view.runDirectory ?? ''}</code>],
    ['Command', details === null ? null : <code>{commandText(details)}</code>],
    ['Started in', details === null ? null : <code>{details.command.directory}</code>],
    ['Process', details?.pid ?? null],
    ['Versions', details === null ? null : versionsText(details)],
    ['Resumed', view.isResumed ? 'yes' : null],
    ...(details?.forced ?? []).map(
      ({ time, differences }) =>
        [`Forced ${formatDateTime(time)}`, `although this was different: ${differences.join('; ')}`] as const,
    ),
  ] as const;
}

/** One that has come to its end needs no reason. */
function stopText({ stopReason }: ViewOfRun): string | null {
  return stopReason === 'completed' ? null : stopReason;
}

function datasetsText({ datasets }: RunDetails): string {
  const names = { train: 'training', val: 'validation', test: 'test' } as const;
  const sizes = Object.entries(names).flatMap(([key, name]) => {
    const rows = datasets[key as keyof typeof names];
    return rows === null ? [] : [countOf(rows, `${name} task`)];
  });
  return sizes.length === 0 ? 'none' : sizes.join(', ');
}

function commandText({ command: { script, arguments: given } }: RunDetails): string {
  return ['node', ...(script === null ? [] : [script]), ...given].map(shellWord).join(' ');
}

function versionsText({ version, command }: RunDetails): string {
  return `${version === null ? '' : `agentlightning ${version}, `}Node ${command.nodeVersion}`;
}
