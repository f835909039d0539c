import type { JournalEntry } from '@agentlightning/core/run';
import { type EventKind, eventKind, eventText, type KnownCandidates } from './event-text.ts';

/** Which events are shown. */
export interface EventFilter {
  /** `all` leaves out counters, which come all the time and are shown elsewhere. */
  readonly kind: EventKind | 'all';
  /** Whoever holds this text, in whatever case. */
  readonly text: string;
}

/** The positions of the events that a filter lets through. Looks only at what is new: the journal is long, and grows while it is shown. */
export class FilteredEvents {
  readonly #filter: EventFilter;
  readonly #candidates: KnownCandidates;
  readonly #positions: number[] = [];
  #seen = 0;
  #entries: readonly JournalEntry[] | undefined;

  /** @param candidates - whose names the words of events have */
  constructor(filter: EventFilter, candidates: KnownCandidates) {
    this.#candidates = candidates;
    this.#filter = { ...filter, text: filter.text.trim().toLowerCase() };
  }

  /** @param entries - those given before, and more behind them; another array begins anew */
  update(entries: readonly JournalEntry[]): readonly number[] {
    if (entries !== this.#entries) {
      this.#entries = entries;
      this.#seen = 0;
      this.#positions.length = 0;
    }
    for (; this.#seen < entries.length; this.#seen += 1) {
      if (this.#isShown(entries[this.#seen]!)) this.#positions.push(this.#seen);
    }
    return this.#positions;
  }

  #isShown(entry: JournalEntry): boolean {
    const { kind, text } = this.#filter;
    const own = eventKind(entry);
    if (kind === 'all' ? own === 'counter' : own !== kind) return false;
    return text === '' || eventText(entry, this.#candidates).toLowerCase().includes(text);
  }
}
