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

/** A server that has never answered gets this long: perhaps it still starts, but more likely it has gone or never was. */
const FIRST_REPLY_MS = 120_000;

/** For how long a client that was told to hurry still tries, and waits for calls in flight when it closes. */
const HURRY_MS = 500;

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
  /** Aborted a moment after the client was told to hurry. */
  readonly #late = new AbortController();
  /** Ends the tries of calls that were made before that. */
  readonly #unhurried = AbortSignal.any([this.#closing.signal, this.#late.signal]);
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
    const beLate = (): void => void setTimeout(() => this.#late.abort(), HURRY_MS).unref();
    hurry?.addEventListener('abort', beLate, { once: true, signal: this.closing });
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
    const ending = this.#options.hurry?.aborted ? this.closing : this.#unhurried;
    const linked = signal === undefined ? undefined : linkSignals(ending, signal);
    try {
      return await this.track(this.#repeat(operation, call, linked?.signal ?? ending));
    } catch (error) {
      throw this.#explain(operation, error, signal);
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
    const graceMs = this.#options.hurry?.aborted ? HURRY_MS : CLOSE_GRACE_MS;
    await Promise.race([Promise.allSettled(this.#inFlight), pause(graceMs, late.signal)]);
    late.abort();
    await this.#transport.close();
  }

  #repeat<T>(operation: Operation, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { retryBudgetMs, hurry } = this.#options;
    const longestMs = hurry?.aborted ? HURRY_MS : this.features.isKnown ? retryBudgetMs : FIRST_REPLY_MS;
    return withRetries(() => this.#attempt(operation, call), {
      budgetMs: Math.min(retryBudgetMs, longestMs),
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

  #explain({ name }: Operation, error: unknown, signal: AbortSignal | undefined): unknown {
    if (!isLightningError(error) || !['ABORTED', 'UNAVAILABLE'].includes(error.code)) return error;
    // Whatever the call met on its way, it ended because it was stopped.
    if (this.closing.aborted) return closingError(name, error);
    if (signal?.aborted) return new LightningError('ABORTED', `Call '${name}' was stopped`, { cause: error });
    if (this.features.isKnown || error.details['triedForMs'] === undefined) return error;
    const { origin } = this.#options.endpoint;
    const message = `No store has ever answered at ${origin}: its process has not started, or the run is over. ${error.message}`;
    return new LightningError('UNAVAILABLE', message, { cause: error.cause, details: error.details });
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
