import { useMemo } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { countOf, formatDateTime } from '../components/format.ts';
import { EmptyState, Notice } from '../components/notice.tsx';
import { Tabs } from '../components/tabs.tsx';
import { Facts, Panel } from '../components/view-layout.tsx';
import { JsonView } from '../json/json-tree.tsx';
import { routeHash } from '../route.ts';
import type { AttemptWire, PageSpan } from '../store/records.ts';
import type { WholeRollout } from '../store/store-requests.ts';
import { toneOfStatus, wordsOfAttempt } from './attempt-words.ts';
import { Conversation } from './conversation.tsx';
import { conversationOf } from './conversation-calls.ts';
import { WaterfallPanel } from './waterfall-panel.tsx';

/** The attempts of a rollout; the one that the address names is open, or else the latest. */
export function AttemptsPanel({ whole, query }: { whole: WholeRollout; query: URLSearchParams }) {
  const { attempts, rollout } = whole;
  const named = attempts.find(({ sequence_id: number }) => String(number) === query.get('attempt'));
  const attempt = named ?? attempts.at(-1);
  const wanted = query.get('attempt');
  if (attempt === undefined) {
    return (
      <Panel title="Attempts" id="attempts">
        <EmptyState title="No attempt yet">The rollout waits for a runner.</EmptyState>
      </Panel>
    );
  }
  return (
    <Panel title="Attempts" id="attempts" beside={<span class="muted">{countOf(attempts.length, 'attempt')}</span>}>
      {named === undefined && wanted !== null ? (
        <Notice tone="warn" title={`There is no attempt ${wanted}`}>
          The latest is shown.
        </Notice>
      ) : null}
      <Tabs
        label="Attempts"
        selected={String(attempt.sequence_id)}
        tabs={attempts.map(({ sequence_id: number, status }) => ({
          id: String(number),
          title: (
            <>
              Attempt {number} <Badge tone={toneOfStatus(status)}>{status}</Badge>
            </>
          ),
        }))}
        onSelect={(number) => setInAddress(rollout.rollout_id, query, { attempt: number, span: null })}
      >
        <AttemptContent attempt={attempt} whole={whole} query={query} />
      </Tabs>
    </Panel>
  );
}

function AttemptContent({
  attempt,
  whole,
  query,
}: {
  attempt: AttemptWire;
  whole: WholeRollout;
  query: URLSearchParams;
}) {
  const { rollout } = whole;
  const spans = useMemo(
    () => whole.spans.filter(({ attemptId }) => attemptId === attempt.attempt_id),
    [whole.spans, attempt.attempt_id],
  );
  const calls = useMemo(() => conversationOf(spans), [spans]);
  const shown = query.get('show') ?? (calls.length === 0 && spans.length > 0 ? 'spans' : 'conversation');
  const set = (changes: Readonly<Record<string, string | null>>) => setInAddress(rollout.rollout_id, query, changes);
  return (
    <div class="attempt">
      <AttemptWordsView attempt={attempt} whole={whole} />
      <Tabs
        label={`What happened in attempt ${attempt.sequence_id}`}
        selected={shown === 'spans' || shown === 'metadata' ? shown : 'conversation'}
        tabs={[
          { id: 'conversation', title: `Conversation (${calls.length})` },
          { id: 'spans', title: `Spans (${spans.length})` },
          ...(attempt.metadata === null ? [] : [{ id: 'metadata', title: 'Metadata' }]),
        ]}
        onSelect={(show) => set({ show })}
      >
        {shown === 'spans' ? (
          <SpansOrNone spans={spans} query={query} set={set} />
        ) : shown === 'metadata' && attempt.metadata !== null ? (
          <JsonView value={attempt.metadata} label="Metadata of the attempt" />
        ) : calls.length === 0 ? (
          <EmptyState title="No model call was recorded">
            The spans of this attempt, if there are any, record none. Agents that call models by other clients than
            OpenAI's need a tracer, or the proxy.
          </EmptyState>
        ) : (
          <Conversation calls={calls} />
        )}
      </Tabs>
    </div>
  );
}

function SpansOrNone({
  spans,
  query,
  set,
}: {
  spans: readonly PageSpan[];
  query: URLSearchParams;
  set: (changes: Readonly<Record<string, string | null>>) => void;
}) {
  if (spans.length === 0) return <EmptyState title="No spans were recorded" />;
  return <WaterfallPanel spans={spans} chosen={query.get('span')} onChoose={(span) => set({ span, show: 'spans' })} />;
}

function AttemptWordsView({ attempt, whole }: { attempt: AttemptWire; whole: WholeRollout }) {
  const { outcome, error, notes, next } = wordsOfAttempt(attempt, whole.rollout, whole.attempts);
  const { start_time: start, end_time: end, worker_id: worker, last_heartbeat_time: heartbeat } = attempt;
  return (
    <div class="attempt-words">
      <p>
        <strong>{outcome}</strong>
        {notes.map((note) => (
          <span key={note}> · {note}</span>
        ))}
      </p>
      {error === null ? null : <pre>{error}</pre>}
      {next === null ? null : <Notice tone={next.startsWith('Tried') ? 'warn' : 'info'}>{next}</Notice>}
      <Facts
        facts={[
          [
            'Worker',
            worker === null ? null : (
              <a href={routeHash({ view: 'workers', query: new URLSearchParams({ q: worker }) })}>{worker}</a>
            ),
          ],
          ['Started', formatDateTime(start)],
          ['Ended', end === null ? null : formatDateTime(end)],
          ['Last heard of', heartbeat === null ? null : formatDateTime(heartbeat)],
          ['Id', <code key="id">{attempt.attempt_id}</code>],
        ]}
      />
    </div>
  );
}

/** Without an entry in the history of the browser for each tab that was looked at. */
function setInAddress(
  rolloutId: string,
  query: URLSearchParams,
  changes: Readonly<Record<string, string | null>>,
): void {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  location.replace(routeHash({ view: 'rollouts', id: rolloutId, query: changed }));
}
