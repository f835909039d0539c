import type { FitResult } from './fit-result.ts';
import type { TrainerEvent } from './trainer-event.ts';

/**
 * A run under way: its events, and its result. Events are kept until they are read, so none is missed however late reading begins; leaving the
 * loop early leaves the run alone. Read by one consumer.
 */
export class RunStream<TResult> implements AsyncIterable<TrainerEvent> {
  /** As `fit()` resolves or rejects. */
  readonly result: Promise<FitResult<TResult>>;
  readonly #queue: TrainerEvent[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(run: (publish: (event: TrainerEvent) => void) => Promise<FitResult<TResult>>) {
    this.result = run((event) => {
      this.#queue.push(event);
      this.#wake?.();
    });
    const end = (): void => {
      this.#isEnded = true;
      this.#wake?.();
    };
    // Whoever only reads the events still hears of a failure: the iteration throws it.
    this.result.then(end, end);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainerEvent> {
    for (;;) {
      const event = this.#queue.shift();
      if (event !== undefined) yield event;
      else if (this.#isEnded) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await this.result;
  }
}
