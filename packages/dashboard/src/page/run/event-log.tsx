import './event-log.css';
import { useMemo, useState } from 'preact/hooks';
import { Badge, type BadgeTone } from '../components/badge.tsx';
import { countOf, formatTime } from '../components/format.ts';
import { EmptyState } from '../components/notice.tsx';
import { Choice } from '../components/tabs.tsx';
import { TextBlock } from '../components/text-block.tsx';
import { Panel } from '../components/view-layout.tsx';
import { VirtualList } from '../components/virtual-list.tsx';
import { useFeed } from '../feed/use-feed.ts';
import { type EventFilter, FilteredEvents } from './event-filter.ts';
import { type EventKind, eventKind, eventText } from './event-text.ts';

const KINDS: readonly (readonly [EventFilter['kind'], string])[] = [
  ['all', 'All but counters'],
  ['search', 'Search'],
  ['evaluation', 'Evaluations'],
  ['problem', 'Problems'],
  ['counter', 'Counters'],
];

const TONES: Readonly<Record<EventKind, BadgeTone>> = {
  search: 'accent',
  evaluation: 'neutral',
  problem: 'warn',
  run: 'good',
  counter: 'neutral',
};

/** Everything that happened, as it happens. */
export function EventLog() {
  const { entries, entryCount, view } = useFeed();
  const { candidates } = view;
  const [kind, setKind] = useState<EventFilter['kind']>('all');
  const [text, setText] = useState('');
  const filtered = useMemo(
    () => new FilteredEvents({ kind, text }, candidates),
    // Without a text no name is looked for.
    [kind, text, text === '' ? null : candidates],
  );
  const positions = filtered.update(entries);
  const [opened, setOpened] = useState<number>();
  const openedEntry = opened === undefined ? undefined : entries[opened];
  return (
    <Panel
      id="events"
      title="Events"
      beside={
        <span class="muted small">
          {countOf(positions.length, 'event')} of {countOf(entryCount, 'event')}
        </span>
      }
    >
      <div class="event-filters">
        <Choice label="Kind of events" options={KINDS} selected={kind} onSelect={setKind} />
        <input
          type="search"
          aria-label="Events that hold this text"
          placeholder="that hold …"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </div>
      {positions.length === 0 ? (
        <EmptyState title="No such events" />
      ) : (
        <VirtualList
          label="Events"
          length={positions.length}
          rowHeight={30}
          height={420}
          followsEnd
          row={(index) => {
            const entry = entries[positions[index]!]!;
            const own = eventKind(entry);
            const words = eventText(entry, candidates);
            return (
              <button
                type="button"
                class="event-row"
                aria-pressed={positions[index] === opened}
                onClick={() => setOpened(positions[index] === opened ? undefined : positions[index])}
              >
                <time class="muted">{formatTime(entry.time)}</time>
                <Badge tone={TONES[own]}>{own}</Badge>
                <span class="event-words">{words}</span>
              </button>
            );
          }}
        />
      )}
      {openedEntry === undefined ? null : (
        <TextBlock text={JSON.stringify(openedEntry, null, 2)} label="The event in full" />
      )}
    </Panel>
  );
}
