import './rollout-view.css';
import { evaluationWords } from '@agentlightning/core/run';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { DataTable } from '../components/data-table.tsx';
import { formatCount, formatDateTime, formatScore, formatSeconds } from '../components/format.ts';
import { EmptyState, Loading, Notice } from '../components/notice.tsx';
import { ScoreLabelBadge } from '../components/score.tsx';
import { Facts, Panel, ViewLayout } from '../components/view-layout.tsx';
import { useFeed } from '../feed/use-feed.ts';
import { JsonView } from '../json/json-tree.tsx';
import { routeHash } from '../route.ts';
import type { RolloutWire } from '../store/records.ts';
import { fetchWholeRollout, MAX_SPANS, type WholeRollout } from '../store/store-requests.ts';
import { Unreachable } from '../store/unreachable.tsx';
import { usePolled } from '../store/use-polled.ts';
import { formatLimit, toneOfStatus, wordsOfRollout } from './attempt-words.ts';
import { AttemptsPanel } from './attempts-panel.tsx';
import { type RewardEntry, rewardSeries } from './reward-series.ts';

/** One rollout: what the task was, how each attempt went, and what it came to. */
export function RolloutView({ rolloutId, query }: { rolloutId: string; query: URLSearchParams }) {
  const [maxSpans, setMaxSpans] = useState(MAX_SPANS);
  const [isOver, setIsOver] = useState(false);
  const polled = usePolled<{ readonly whole: WholeRollout | undefined }>(
    `${maxSpans} ${rolloutId}`,
    async (signal) => {
      const whole = await fetchWholeRollout(rolloutId, maxSpans, signal);
      setIsOver(whole !== undefined && ['succeeded', 'failed', 'cancelled'].includes(whole.rollout.status));
      return { whole };
    },
    // What has ended may be reopened or told more of, but only while something is going on.
    isOver ? 'news' : 'live',
  );
  const whole = polled.data?.whole;
  return (
    <ViewLayout title="Rollout" beside={<a href={routeHash({ view: 'rollouts' })}>All rollouts</a>}>
      <Unreachable polled={polled} />
      {polled.data === undefined && polled.error === undefined ? <Loading what="Asking for the rollout" /> : null}
      {polled.data !== undefined && whole === undefined ? (
        <EmptyState title="There is no such rollout">
          The store does not know <code>{rolloutId}</code>. <a href={routeHash({ view: 'rollouts' })}>All rollouts</a>
        </EmptyState>
      ) : null}
      {whole === undefined ? null : (
        <Whole whole={whole} query={query} onMoreSpans={() => setMaxSpans(maxSpans + MAX_SPANS)} />
      )}
    </ViewLayout>
  );
}

function Whole({
  whole,
  query,
  onMoreSpans,
}: {
  whole: WholeRollout;
  query: URLSearchParams;
  onMoreSpans: () => void;
}) {
  const { rollout, attempts, spans, spanCount, isEvicted } = whole;
  const rewards = rewardSeries(attempts, spans);
  return (
    <>
      <div class="rollout-head">
        <Badge tone={toneOfStatus(rollout.status)}>{rollout.status}</Badge>
        <code>{rollout.rollout_id}</code>
        <CopyButton text={rollout.rollout_id} label="Copy id" />
        <span>{wordsOfRollout(rollout, attempts)}</span>
      </div>
      {isEvicted ? (
        <Notice tone="warn" title="The store has dropped spans of this rollout to keep its memory">
          What is shown is not all.
        </Notice>
      ) : null}
      <div class="rollout-columns">
        <Panel title="Task" id="task">
          <JsonView value={rollout.input} label="Input of the task" />
        </Panel>
        <Panel title="Rollout" id="rollout">
          <RolloutFacts rollout={rollout} rewards={rewards} />
        </Panel>
      </div>
      <AttemptsPanel whole={whole} query={query} />
      {spans.length < spanCount ? (
        <Notice
          tone="info"
          title={`The first ${formatCount(spans.length)} of ${formatCount(spanCount)} spans are shown`}
        >
          <button type="button" onClick={onMoreSpans}>
            Show more
          </button>
        </Notice>
      ) : null}
      <RewardsPanel rewards={rewards} />
    </>
  );
}

function RolloutFacts({ rollout, rewards }: { rollout: RolloutWire; rewards: readonly RewardEntry[] }) {
  const { config, metadata } = rollout;
  const counting = rewards.find(({ counts }) => counts);
  const { evaluation, ...rest } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  return (
    <>
      <Facts
        facts={[
          [
            'Reward',
            counting === undefined ? null : (
              <>
                <strong>{formatScore(counting.value)}</strong> <ScoreLabelBadge />
              </>
            ),
          ],
          ['Feedback', counting?.feedback == null ? null : <span class="feedback">{counting.feedback}</span>],
          ['Mode', rollout.mode],
          ['Candidate', rollout.resources_id === null ? null : <CandidateLink resourcesId={rollout.resources_id} />],
          ['Evaluation', typeof evaluation === 'string' ? <EvaluationLink evaluation={evaluation} /> : null],
          ['Enqueued', formatDateTime(rollout.start_time)],
          ['Ended', rollout.end_time === null ? null : formatDateTime(rollout.end_time)],
          [
            'In all',
            rollout.end_time === null ? null : formatSeconds(Math.max(0, rollout.end_time - rollout.start_time)),
          ],
          ['Time limit', config.timeout_seconds === null ? 'none' : formatLimit(config.timeout_seconds)],
          [
            'May be silent',
            config.unresponsive_seconds === null ? 'for any time' : `for ${formatLimit(config.unresponsive_seconds)}`,
          ],
          ['Attempts', `at most ${formatCount(config.max_attempts)}`],
          ['Tried again', config.retry_condition.length === 0 ? 'never' : `after ${config.retry_condition.join(', ')}`],
          ['Priority', rollout.priority === 0 ? null : formatCount(rollout.priority)],
        ]}
      />
      {Object.keys(rest).length === 0 ? null : (
        <details>
          <summary>Metadata</summary>
          <JsonView value={metadata} label="Metadata" />
        </details>
      )}
    </>
  );
}

function CandidateLink({ resourcesId }: { resourcesId: string }) {
  const { view } = useFeed();
  const version = view.candidates.find((candidate) => candidate.resourcesId === resourcesId)?.version;
  return (
    <>
      {version === undefined ? null : (
        <>
          <a href={routeHash({ view: 'search', id: version })}>{version}</a> ·{' '}
        </>
      )}
      <a href={routeHash({ view: 'resources', id: resourcesId })}>{resourcesId}</a>
    </>
  );
}

function EvaluationLink({ evaluation: key }: { evaluation: string }) {
  const { evaluations, candidates } = useFeed().view;
  const known = evaluations.find((evaluation) => evaluation.key === key);
  const words = known === undefined ? key : evaluationWords(known, candidates);
  return (
    <>
      <a href={routeHash({ view: 'rollouts', query: new URLSearchParams({ evaluation: key }) })}>{words}</a>
      {words === key ? null : <code class="internal-name muted">{key}</code>}
    </>
  );
}

function RewardsPanel({ rewards }: { rewards: readonly RewardEntry[] }) {
  return (
    <Panel title="Rewards" id="rewards" beside={<ScoreLabelBadge />}>
      {rewards.length === 0 ? (
        <p class="muted">No attempt has a reward.</p>
      ) : (
        <DataTable
          caption="Rewards of all attempts"
          rows={rewards}
          rowKey={({ attemptId, span }) => `${attemptId} ${span.spanId}`}
          columns={[
            { id: 'attempt', title: 'Attempt', cell: ({ attemptNumber }) => attemptNumber ?? '–' },
            { id: 'reward', title: 'Reward', isNumeric: true, cell: ({ value }) => formatScore(value) },
            ...(rewards.every(({ others }) => others.length === 0)
              ? []
              : [
                  {
                    id: 'others',
                    title: 'Further dimensions',
                    cell: ({ others }: RewardEntry) => dimensionsText(others),
                  },
                ]),
            {
              id: 'feedback',
              title: 'Feedback',
              cell: ({ feedback }) => (feedback === null ? '–' : <span class="feedback">{feedback}</span>),
            },
            { id: 'counts', title: 'Counts', cell: countsCell },
          ]}
        />
      )}
    </Panel>
  );
}

function countsCell({ counts }: RewardEntry): ComponentChildren {
  return counts ? <Badge tone="good">counts</Badge> : <span class="muted">no</span>;
}

function dimensionsText(others: RewardEntry['others']): string {
  return others.length === 0 ? '–' : others.map(({ name, value }) => `${name} ${formatScore(value)}`).join(', ');
}
