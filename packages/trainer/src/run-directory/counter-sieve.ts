import { COUNTER_EVENTS } from '@agentlightning/core/run';

/**
 * Leaves out of a sequence of events the counters that a later one of the same type supersedes before the next other event comes: to somebody who catches up
 * they tell nothing.
 */
export class CounterSieve<T> {
  readonly #held = new Map<string, T>();

  /** Takes the next one. @returns what can be passed on by now, in order */
  add(type: string, item: T): T[] {
    if (!COUNTER_EVENTS.some((counter) => counter === type)) return [...this.flush(), item];
    // Behind the others: they are passed on in the order of the events that they are.
    this.#held.delete(type);
    this.#held.set(type, item);
    return [];
  }

  /** What is held back, in order. Nothing is afterwards. */
  flush(): T[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }
}
