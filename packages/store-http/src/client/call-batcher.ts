import { setImmediate as turnEnd } from 'node:timers/promises';

/** Calls sent in one request at most, and their weight together, unless a single one has more. */
const MAX_CALLS = 256;
const MAX_WEIGHT = 8 * 1024 * 1024;

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly settled: PromiseWithResolvers<Output>;
}

/** What came of one call of a batch. */
export type CallOutcome<Output> = { readonly value: Output } | { readonly error: unknown };

/**
 * Puts calls that are made at the same time into one request: those of one turn of the event loop, and those that come while a request is under way. A
 * caller who is alone waits for nobody, and many pay for few requests.
 */
export class CallBatcher<Input, Output> {
  readonly #send: (inputs: readonly Input[]) => Promise<readonly CallOutcome<Output>[]>;
  readonly #weigh: (input: Input) => number;
  #waiting: Waiting<Input, Output>[] = [];
  #isSending = false;

  /**
   * @param send - answers one outcome for each call, in order; what it throws is thrown to every caller of the batch
   * @param weigh - about how long a call is as text; 8 Mi go into a request
   */
  constructor(
    send: (inputs: readonly Input[]) => Promise<readonly CallOutcome<Output>[]>,
    weigh: (input: Input) => number,
  ) {
    this.#send = send;
    this.#weigh = weigh;
  }

  /** Makes one call. */
  call(input: Input): Promise<Output> {
    const settled = Promise.withResolvers<Output>();
    this.#waiting.push({ input, settled });
    if (!this.#isSending) void this.#sendAll();
    return settled.promise;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    await turnEnd();
    while (this.#waiting.length > 0) await this.#sendBatch(this.#takeBatch());
    // In the turn in which nothing was left, so that what comes next finds no sender that has stopped looking.
    this.#isSending = false;
  }

  #takeBatch(): Waiting<Input, Output>[] {
    let weight = 0;
    const tooMuch = this.#waiting.findIndex(({ input }, index) => {
      weight += this.#weigh(input);
      return index === MAX_CALLS || (index > 0 && weight > MAX_WEIGHT);
    });
    return this.#waiting.splice(0, tooMuch < 0 ? this.#waiting.length : tooMuch);
  }

  /** Never rejects: the callers are told. */
  async #sendBatch(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    try {
      const outcomes = await this.#send(batch.map(({ input }) => input));
      batch.forEach(({ settled }, index) => {
        const outcome = outcomes[index] ?? { error: new Error('The reply has no outcome for this call') };
        if ('value' in outcome) settled.resolve(outcome.value);
        else settled.reject(outcome.error);
      });
    } catch (error) {
      for (const { settled } of batch) settled.reject(error);
    }
  }
}
