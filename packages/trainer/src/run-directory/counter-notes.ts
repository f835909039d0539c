import { isCounterEvent, type RunEvent } from '@agentlightning/core/run';

/** How often a counter is written, in milliseconds. */
const INTERVAL_MS = 1_000;

/** Thins out the counters among events that are written to a file: of each kind the latest, once a second, and before whatever is read beside them. */
export class CounterNotes {
  readonly #write: (event: RunEvent) => void;
  readonly #latest = new Map<RunEvent['type'], RunEvent>();
  #timer: NodeJS.Timeout | undefined;

  constructor(write: (event: RunEvent) => void) {
    this.#write = write;
  }

  /** Takes the next event. */
  add(event: RunEvent): void {
    if (isCounterEvent(event)) {
      this.#latest.set(event.type, event);
      this.#timer ??= setTimeout(() => this.flush(), INTERVAL_MS);
      return;
    }
    if (isReadBesideCounters(event)) this.flush();
    this.#write(event);
  }

  /** Writes what is held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const event of this.#latest.values()) this.#write(event);
    this.#latest.clear();
  }
}

/** A score is shown with what it cost, and a run that has ended with all it spent. */
function isReadBesideCounters(event: RunEvent): boolean {
  if (event.type !== 'algorithm-event') return event.type === 'run-ended' || event.type === 'run-failed';
  return event.event.type === 'candidate-scored' || event.event.type === 'round-ended';
}
