import { getRewardValue, isModelCallSpan } from '@agentlightning/core/span';
import { useMemo, useState } from 'preact/hooks';
import { Badge } from '../components/badge.tsx';
import { formatSeconds } from '../components/format.ts';
import { Notice } from '../components/notice.tsx';
import { Facts } from '../components/view-layout.tsx';
import { VirtualList } from '../components/virtual-list.tsx';
import { JsonView } from '../json/json-tree.tsx';
import type { PageSpan } from '../store/records.ts';
import { layOutWaterfall, visibleRows, type WaterfallRow } from './waterfall.ts';

/** In pixels. */
const ROW_HEIGHT = 30;
const MAX_HEIGHT = 480;
/** Deeper nesting is shown as deep as this: names must stay readable. */
const MAX_INDENT = 12;

/** The spans of an attempt over time, each below the one it is part of; beside them what the chosen one says. */
export function WaterfallPanel({
  spans,
  chosen,
  onChoose,
}: {
  spans: readonly PageSpan[];
  /** The id of a span. */
  chosen: string | null;
  onChoose: (spanId: string | null) => void;
}) {
  const { rows, duration } = useMemo(() => layOutWaterfall(spans), [spans]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => visibleRows(rows, closed), [rows, closed]);
  const row = rows.find(({ span }) => span.spanId === chosen);
  const fold = (spanId: string) => {
    const next = new Set(closed);
    if (!next.delete(spanId)) next.add(spanId);
    setClosed(next);
  };
  return (
    <div class={row === undefined ? 'waterfall-layout' : 'waterfall-layout has-panel'}>
      <div>
        <p class="waterfall-legend">
          <span class="kind-model">model call</span>
          <span class="kind-reward">reward</span>
          <span>other work</span>
          <span class="kind-error">error</span>
        </p>
        <VirtualList
          label={`Spans over ${formatSeconds(duration)}`}
          length={shown.length}
          rowHeight={ROW_HEIGHT}
          height={MAX_HEIGHT}
          row={(index) => {
            const at = shown[index]!;
            return (
              <WaterfallRowView
                row={at}
                duration={duration}
                isClosed={closed.has(at.span.spanId)}
                isChosen={at.span.spanId === chosen}
                onFold={() => fold(at.span.spanId)}
                onChoose={() => onChoose(at.span.spanId === chosen ? null : at.span.spanId)}
              />
            );
          }}
        />
      </div>
      {row === undefined ? null : <SpanPanel row={row} onClose={() => onChoose(null)} />}
    </div>
  );
}

function WaterfallRowView({
  row: { span, depth, start, end, below },
  duration,
  isClosed,
  isChosen,
  onFold,
  onChoose,
}: {
  row: WaterfallRow;
  duration: number;
  isClosed: boolean;
  isChosen: boolean;
  onFold: () => void;
  onChoose: () => void;
}) {
  const kind = kindOf(span);
  const share = (seconds: number) => `${duration === 0 ? 0 : (seconds / duration) * 100}%`;
  return (
    <div class={isChosen ? 'waterfall-row is-chosen' : 'waterfall-row'}>
      <span class="waterfall-name" style={{ paddingInlineStart: `${Math.min(depth, MAX_INDENT) * 12}px` }}>
        <button
          type="button"
          class="fold"
          style={{ visibility: below === 0 ? 'hidden' : 'visible' }}
          aria-expanded={!isClosed}
          aria-label={`${below} spans below ${span.name}`}
          onClick={onFold}
        >
          {isClosed ? '▸' : '▾'}
        </button>
        <button
          type="button"
          class={kind === 'error' ? 'span-name is-error' : 'span-name'}
          aria-pressed={isChosen}
          onClick={onChoose}
        >
          {kind === 'error' ? '✗ ' : ''}
          {titleOf(span)}
        </button>
      </span>
      <span class="waterfall-track">
        <span
          class={`waterfall-bar kind-${kind}${end === null ? ' is-open' : ''}`}
          style={{ insetInlineStart: share(start), width: share(Math.max(0, (end ?? duration) - start)) }}
        />
      </span>
      <span class="waterfall-time">{end === null ? 'open' : formatSeconds(end - start)}</span>
    </div>
  );
}

function SpanPanel({ row: { span, start, end }, onClose }: { row: WaterfallRow; onClose: () => void }) {
  return (
    <section class="span-panel" aria-label={`Span ${span.name}`}>
      <div class="call-head">
        <h3>{span.name}</h3>
        <Badge tone={span.status.statusCode === 'ERROR' ? 'bad' : 'neutral'}>{span.status.statusCode}</Badge>
        <button type="button" class="small" onClick={onClose}>
          Close
        </button>
      </div>
      {span.status.description === null ? null : <Notice tone="bad">{span.status.description}</Notice>}
      <Facts
        facts={[
          ['Began', `${formatSeconds(start)} after the first`],
          ['Took', end === null ? null : formatSeconds(end - start)],
          ['Number', span.sequenceId],
          ['Id', <code key="id">{span.spanId}</code>],
        ]}
      />
      <JsonView value={span.attributes} label={`Attributes of ${span.name}`} />
      {span.events.length === 0 ? null : (
        <>
          <h3>Events</h3>
          <JsonView value={span.events} label={`Events of ${span.name}`} />
        </>
      )}
    </section>
  );
}

/** What is said of a span before one looks into it. */
function titleOf(span: PageSpan): string {
  const model = span.attributes['gen_ai.request.model'];
  if (isModelCallSpan(span) && typeof model === 'string') return `${model} · ${span.name}`;
  const reward = getRewardValue(span);
  return reward === null ? span.name : `reward ${Number(reward.toPrecision(6))} · ${span.name}`;
}

function kindOf(span: PageSpan): 'error' | 'model' | 'reward' | 'other' {
  if (span.status.statusCode === 'ERROR' || span.attributes['exception.type'] !== undefined) return 'error';
  if (isModelCallSpan(span)) return 'model';
  return getRewardValue(span) === null ? 'other' : 'reward';
}
