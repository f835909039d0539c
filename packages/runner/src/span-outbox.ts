import { setImmediate as turnEnd } from 'node:timers/promises';
import { isLightningError, type LightningStore, type SpanInput } from '@agentlightning/core';

/** Spans sent in one request, unless a single sender has more. */
const MAX_SPANS = 512;

interface Parcel {
  readonly spans: readonly SpanInput[];
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Brings the spans of a runner's attempts into the store. What comes in one turn of the event loop goes together, one request is under way at a time, and
 * what comes meanwhile goes together in the next: an idle runner waits for nothing else, and a busy one pays for far fewer requests than attempts.
 */
export class SpanOutbox {
  readonly #store: Pick<LightningStore, 'addManySpans'>;
  #waiting: Parcel[] = [];
  #isSending = false;

  constructor(store: Pick<LightningStore, 'addManySpans'>) {
    this.#store = store;
  }

  /**
   * Resolves when the spans are stored; spans that are in the store already stay as they are.
   * @throws what the store says of these very spans, whoever they went with
   */
  addManySpans(spans: readonly SpanInput[]): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ spans, done });
    if (!this.#isSending) void this.#sendAll();
    return done.promise;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    await turnEnd();
    while (this.#waiting.length > 0) await this.#send(this.#takeParcels());
    // In the turn in which nothing was left, so that what comes next finds no sender that has stopped looking.
    this.#isSending = false;
  }

  #takeParcels(): Parcel[] {
    let spans = 0;
    const tooMany = this.#waiting.findIndex((parcel, index) => {
      spans += parcel.spans.length;
      return index > 0 && spans > MAX_SPANS;
    });
    return this.#waiting.splice(0, tooMany < 0 ? this.#waiting.length : tooMany);
  }

  /** Never rejects: the senders are told. */
  async #send(parcels: readonly Parcel[]): Promise<void> {
    try {
      await this.#store.addManySpans(parcels.flatMap(({ spans }) => spans));
      for (const { done } of parcels) done.resolve();
    } catch (error) {
      const isAboutStore = isLightningError(error, 'UNAVAILABLE') || isLightningError(error, 'STORE_CLOSING');
      if (isAboutStore || parcels.length === 1) for (const { done } of parcels) done.reject(error);
      // Something is wrong with some of them. What was stored is not stored again.
      else for (const parcel of parcels) await this.#send([parcel]);
    }
  }
}
