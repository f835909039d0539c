import { isLightningError, LightningError } from '@agentlightning/core';
import type { Operation, OperationReply } from '../operation.ts';
import { dequeueRollouts, health } from '../operations.ts';
import type { ResolvedClientOptions } from './client-options.ts';
import { type CallInput, type ExchangeOptions, HttpTransport } from './http-transport.ts';
import { linkSignals } from './linked-signal.ts';
import { Outage } from './outage.ts';
import { type Pacing, systemPacing } from './pacing.ts';
import { pause } from './pause.ts';
import { withRetries } from './retry.ts';
import { ServerFeatures } from './server-features.ts';

/** Calls in flight get this long when the client closes. */
const CLOSE_GRACE_MS = 3_000;

/** Calls of a server by the rules of its operations: repeated if they may be, refused once the client closes. */
export class ServerCalls {
  readonly features: ServerFeatures;
  readonly #options: ResolvedClientOptions;
  readonly #transport: HttpTransport;
  readonly #pacing: Pacing;
  readonly #outage: Outage;
  readonly #closing = new AbortController();
  /** Aborted once no call is to be made again. */
  readonly #ending: AbortSignal;
  readonly #inFlight = new Set<Promise<unknown>>();
  /** Whether the last claim was refused because the server closes: one that cannot be reached after that is closed, and not away. */
  #isServerClosing = false;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedClientOptions, pacing: Pacing = systemPacing) {
    this.#options = options;
    this.#pacing = pacing;
    const { endpoint, logger, hurry } = options;
    this.features = new ServerFeatures(endpoint.origin, logger);
    this.#transport = new HttpTransport({ ...options, onReply: (headers) => this.features.learn(headers) });
    this.#outage = new Outage({ probe: (signal) => this.#probe(signal), pacing });
    this.#ending = hurry === undefined ? this.closing : AbortSignal.any([this.closing, hurry]);
  }

  /** Aborted once the client closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * One call.
   * @throws LightningError what the server answers, `UNAVAILABLE` if it cannot be asked, `STORE_CLOSING` once server or client close,
   * `ABORTED` by the signal
   */
  call<O extends Operation>(
    operation: O,
    input: CallInput<O>,
    exchange: ExchangeOptions = {},
  ): Promise<OperationReply<O>> {
    return this.repeat(operation, () => this.#transport.exchange(operation, input, exchange), exchange.signal);
  }

  /** As {@link call}, for a call of `operation` that takes more than one exchange. */
  async repeat<T>(operation: Operation, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.refuseIfClosed(operation);
    const linked = signal === undefined ? undefined : linkSignals(this.#ending, signal);
    try {
      return await this.track(this.#repeat(operation, call, linked?.signal ?? this.#ending));
    } catch (error) {
      // Whatever the call met on its way, it ended because it was stopped.
      const isStopped = this.closing.aborted || signal?.aborted === true;
      if (!isStopped || !isLightningError(error) || !['ABORTED', 'UNAVAILABLE'].includes(error.code)) throw error;
      if (this.closing.aborted) throw closingError(operation.name, error);
      throw new LightningError('ABORTED', `Call '${operation.name}' was stopped`, { cause: error });
    } finally {
      linked?.unlink();
    }
  }

  /** A single exchange, also while the client closes. */
  exchange<O extends Operation>(
    operation: O,
    input: CallInput<O>,
    options: ExchangeOptions = {},
  ): Promise<OperationReply<O>> {
    return this.#transport.exchange(operation, input, options);
  }

  /** @throws LightningError `STORE_CLOSING` once the client closes */
  refuseIfClosed({ name }: Operation): void {
    if (this.closing.aborted) throw closingError(name);
  }

  /** Asks for the server's additions if no reply told them yet. */
  async learnFeatures(signal?: AbortSignal): Promise<void> {
    if (!this.features.isKnown) await this.call(health, {}, { signal });
  }

  /** Remembers work so that {@link close} waits for it. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#inFlight.add(work);
    try {
      return await work;
    } finally {
      this.#inFlight.delete(work);
    }
  }

  /** Closing twice is the same as once. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    const late = new AbortController();
    await Promise.race([Promise.allSettled(this.#inFlight), pause(CLOSE_GRACE_MS, late.signal)]);
    late.abort();
    await this.#transport.close();
  }

  #repeat<T>(operation: Operation, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return withRetries(() => this.#attempt(operation, call), {
      budgetMs: this.#options.retryBudgetMs,
      mayRepeat: () => this.#mayRepeat(operation, signal),
      outage: this.#outage,
      pacing: this.#pacing,
      signal,
    });
  }

  async #attempt<T>(operation: Operation, call: () => Promise<T>): Promise<T> {
    const isClaim = operation.name === dequeueRollouts.name;
    try {
      const reply = await call();
      if (isClaim) this.#isServerClosing = false;
      return reply;
    } catch (error) {
      if (isClaim && isLightningError(error, 'STORE_CLOSING')) this.#isServerClosing = true;
      if (!this.#isServerClosing || !isLightningError(error, 'UNAVAILABLE')) throw error;
      throw new LightningError('STORE_CLOSING', `Cannot ${operation.name}: the store has closed`, { cause: error });
    }
  }

  async #mayRepeat({ repeat }: Operation, signal: AbortSignal): Promise<boolean> {
    if (repeat === 'safe' || repeat === 'never') return repeat === 'safe';
    try {
      await this.learnFeatures(signal);
    } catch {
      // What the call itself met is what its caller should hear of.
      return false;
    }
    return this.features.has(repeat);
  }

  async #probe(signal: AbortSignal): Promise<void> {
    try {
      await this.#transport.exchange(health, {}, { signal });
    } catch (error) {
      if (isLightningError(error) && error.details['status'] !== undefined) return;
      throw error;
    }
  }
}

function closingError(action: string, cause?: LightningError): LightningError {
  return new LightningError('STORE_CLOSING', `Cannot ${action}: the store client is closed`, { cause });
}
